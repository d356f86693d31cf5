// Every set of values renders, alike with both majors of Helm, and what comes out hangs together.
import { describe, expect, it } from '@jest/globals';
import { helm, chart, objectsOf, render, valueFlags } from './chart.ts';
import { renderings } from './renderings.ts';

describe.each(renderings)('$name', ({ rendering }) => {
  it.each(['helm', 'helm3'] as const)('passes lint --strict of %s', (major) => {
    const { status, stdout, stderr } = helm(
      major,
      ['lint', '--strict', chart, ...valueFlags(rendering)],
      rendering.values,
    );
    expect(`${stdout}${stderr}`).not.toMatch(/\[(ERROR|WARNING)\]/);
    expect(status).toBe(0);
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
