// Every set of values renders, alike with both majors of Helm, and what comes out hangs together.
import { describe, expect, it } from '@jest/globals';
import { chart, type HelmMajor, helm, objectsOf, type Rendering, render } from './chart.ts';
import { PRESETS, RENDERINGS, renderings } from './renderings.ts';

describe.each(renderings)('$name', ({ rendering }) => {
  it('passes lint --strict', () => {
    expectLinted('helm', rendering);
  });

  it('renders alike with both majors', () => {
    expect(render(rendering).refusal).toBe('');
    expect(render(rendering, 'helm3')).toEqual(render(rendering));
  });

  it('gives every object a name of its own, a version, and the labels of the release', () => {
    const objects = objectsOf(rendering);
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const object of objects) {
      expect(object.apiVersion).toMatch(/\w/);
      expect(object.metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(object.metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': 'r',
        'app.kubernetes.io/part-of': 'ropeway',
      });
    }
  });

  it('names no namespace: Helm does', () => {
    expect(objectsOf(rendering).filter(({ metadata }) => metadata.namespace !== undefined)).toEqual([]);
  });
});

it.each(['default', ...PRESETS.map((preset) => `preset ${preset}`)])(
  'Helm 3 lints %s as strictly',
  (name) => {
    expectLinted('helm3', RENDERINGS[name] ?? {});
  },
);

function expectLinted(major: HelmMajor, rendering: Rendering): void {
  const { status, stdout, stderr } = helm(major, ['lint', '--strict', chart], rendering);
  expect(`${stdout}${stderr}`).not.toMatch(/\[(ERROR|WARNING)\]/);
  expect(status).toBe(0);
}
