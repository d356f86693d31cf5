import { describe, expect, it } from '@jest/globals';
import { loadTree, MODEL, POOL, treeProblems } from '../test/loading.ts';

const { workers: _, ...FOUND } = POOL;

describe('discovery', () => {
  it('is off unless asked for, and then has defaults that need no more than labels', () => {
    expect(loadTree().discovery).toBeNull();
    expect(loadTree({ discovery: { mode: 'pods' }, pools: [FOUND] }).discovery).toEqual({
      mode: 'pods',
      namespace: null,
      kubeconfig: null,
      selector: 'app.kubernetes.io/component=worker',
      port: 8_000,
      scheme: 'http',
      inferencePools: [],
      watchMs: 30_000,
      answerMs: 10_000,
    });
  });

  it('takes every setting from the environment, and the kubeconfig from beside the file', () => {
    const env = { ROPEWAY_DISCOVERY_MODE: 'pods', ROPEWAY_DISCOVERY_KUBECONFIG: 'kube/config' };
    expect(loadTree({ pools: [FOUND] }, env).discovery).toMatchObject({
      mode: 'pods',
      kubeconfig: '/etc/ropeway/kube/config',
    });
  });

  it('knows the Service of each pool', () => {
    const pools = [{ ...FOUND, service: 'qwq' }];
    const config = loadTree({ discovery: { mode: 'endpointslices' }, pools });
    expect(config.pools[0]).toMatchObject({ service: 'qwq', workers: [] });
  });

  it.each([
    [
      'a pool without workers where nothing finds them',
      { pools: [FOUND] },
      'pools[0].workers: names no worker; add one, as in http://10.0.0.7:8000, or let `discovery.mode: pods` find them',
    ],
    [
      'workers where discovery finds them',
      { discovery: { mode: 'pods' } },
      'pools[0].workers: names workers, but `discovery.mode: pods` finds them; remove them, or set `discovery.mode: static`',
    ],
    [
      'a Service where none is looked at',
      { discovery: { mode: 'pods' }, pools: [{ ...FOUND, service: 'qwq' }] },
      'pools[0].service: is given, but `discovery.mode` is pods; remove it, or set `discovery.mode: endpointslices`',
    ],
    [
      'one Service for two pools',
      {
        discovery: { mode: 'endpointslices' },
        models: [MODEL],
        pools: [FOUND, { ...FOUND, name: 'other', service: 'default' }],
      },
      'pools[1]: `default` stands at pools[0] already; give each pool a Service of its own (`service`)',
    ],
  ])('refuses %s', (_, changes, problem) => {
    expect(treeProblems(changes)).toEqual([problem]);
  });

  it('judges the pools by no mode it does not know', () => {
    expect(treeProblems({ discovery: { mode: 'pod' }, pools: [FOUND] })).toEqual([
      expect.stringContaining('did you mean `pods`?'),
    ]);
  });
});
