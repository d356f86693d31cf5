// What stands in front of the gateway publishes all that its clients ask for, and nothing else.
import { describe, expect, it } from '@jest/globals';
import { objectsOf } from './chart.ts';
import { at, list, named, text } from './kube-object.ts';
import { RENDERINGS } from './renderings.ts';

/** Where clients of OpenAI and of DashScope have their base URL: PREFIXES of apps/gateway/src/http/hot-paths.ts. */
const PUBLISHED = ['/compatible-mode/v1', '/v1'];

const objects = () => objectsOf(RENDERINGS['all on'] ?? {});

describe('the HTTPRoute', () => {
  const rules = () => list(named(objects(), 'HTTPRoute', 'r-ropeway'), 'spec.rules');

  it('publishes every prefix clients use, and no other', () => {
    const paths = rules().flatMap((rule) => list(rule, 'matches').map((match) => at(match, 'path')));
    expect(paths.map((path) => text(path, 'value')).toSorted()).toEqual(PUBLISHED);
    for (const path of paths) expect(text(path, 'type')).toBe('PathPrefix');
  });

  it('cuts no answer short, whichever prefix it was asked under', () => {
    expect(rules().length).toBeGreaterThan(0);
    for (const rule of rules()) {
      expect(text(rule, 'timeouts.request')).toBe('0s');
      expect(list(rule, 'backendRefs')).toEqual([{ name: 'r-ropeway-gateway', port: 8080 }]);
    }
  });
});

describe('the Ingress', () => {
  it('publishes every prefix clients use, and no other, on each host', () => {
    const rules = list(named(objects(), 'Ingress', 'r-ropeway'), 'spec.rules');
    expect(rules.map((rule) => text(rule, 'host'))).toEqual(['api.example']);
    for (const rule of rules) {
      const paths = list(rule, 'http.paths');
      expect(paths.map((path) => text(path, 'path')).toSorted()).toEqual(PUBLISHED);
      for (const path of paths) {
        expect(text(path, 'pathType')).toBe('Prefix');
        expect(at(path, 'backend.service')).toEqual({ name: 'r-ropeway-gateway', port: { name: 'http' } });
      }
    }
  });
});
