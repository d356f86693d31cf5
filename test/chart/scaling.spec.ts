// Pools scaled by KEDA alone, woken by our scaler, and never woken by a failure.
import { describe, expect, it } from '@jest/globals';
import { objectsOf } from './chart.ts';
import { fields, list, named, number, ofKind, text } from './kube-object.ts';
import { MODEL, RENDERINGS } from './renderings.ts';

const pool = (name: string, min: number, max: number) => ({
  ...{ name, rope: { type: 'default' }, window: 40_960, replicas: { min, max } },
});
const scaledOf = (values: object, has?: readonly string[]) =>
  ofKind(
    objectsOf({ values: { model: MODEL, ...values }, ...(has === undefined ? {} : { has }) }),
    'ScaledObject',
  );

describe('a pool between two numbers', () => {
  const pools = [pool('sleepy', 0, 3), pool('awake', 2, 5)];

  it('is asked for at our scaler, under its own name', () => {
    const objects = objectsOf({ values: { model: MODEL, pools } });
    const service = named(objects, 'Service', 'r-ropeway-scaler');
    const grpc = list(service, 'spec.ports').find((port) => text(port, 'name') === 'grpc');
    for (const name of ['sleepy', 'awake']) {
      const scaled = named(objects, 'ScaledObject', `r-ropeway-${name}`);
      expect(list(scaled, 'spec.triggers')).toEqual([
        {
          type: 'external-push',
          name: 'demand',
          metadata: {
            scalerAddress: `r-ropeway-scaler.models.svc:${number(grpc, 'port')}`,
            pool: name,
            targetTokens: '60000',
            targetKvUsage: '0.8',
          },
        },
      ]);
      expect(text(scaled, 'spec.scaleTargetRef.name')).toBe(`r-ropeway-${name}`);
    }
  });

  it('has a fallback only where it never sleeps: on a sleeping one a failure would buy GPUs', () => {
    const [sleepy, awake] = scaledOf({ pools });
    expect(fields(sleepy, 'spec')).not.toHaveProperty('fallback');
    expect(fields(awake, 'spec.fallback')).toEqual({
      failureThreshold: 6,
      replicas: 2,
      behavior: 'currentReplicasIfHigher',
    });
  });

  it('grows at once and shrinks slowly', () => {
    const behavior = fields(scaledOf({ pools })[1], 'spec.advanced.horizontalPodAutoscalerConfig.behavior');
    expect(number(behavior, 'scaleUp.stabilizationWindowSeconds')).toBe(0);
    expect(number(behavior, 'scaleDown.stabilizationWindowSeconds')).toBeGreaterThanOrEqual(300);
  });
});

it('leaves a pool of one fixed number alone', () => {
  const objects = objectsOf({ values: { model: MODEL, pools: [pool('fixed', 3, 3)] } });
  expect(ofKind(objects, 'ScaledObject')).toEqual([]);
  expect(number(named(objects, 'Deployment', 'r-ropeway-fixed'), 'spec.replicas')).toBe(3);
});

it('keeps one worker of a pool that could sleep, where KEDA is not installed', () => {
  const objects = objectsOf({ values: { model: MODEL }, has: [] });
  expect(ofKind(objects, 'ScaledObject', 'ServiceMonitor', 'PodMonitor', 'PrometheusRule')).toEqual([]);
  expect(objects.filter(({ metadata }) => metadata.name === 'r-ropeway-scaler')).toEqual([]);
  expect(number(named(objects, 'Deployment', 'r-ropeway-yarn-4'), 'spec.replicas')).toBe(1);
});

describe('Prometheus in place of our scaler', () => {
  const objects = () => objectsOf(RENDERINGS['Prometheus scales'] ?? {});

  it('runs no scaler', () => {
    expect(objects().filter(({ metadata }) => metadata.name === 'r-ropeway-scaler')).toEqual([]);
  });

  it('asks for one number a query, keeps a pool with running answers awake, and takes a lost target for an error', () => {
    for (const scaled of ofKind(objects(), 'ScaledObject')) {
      const triggers = list(scaled, 'spec.triggers');
      expect(triggers.map((one) => text(one, 'name')).slice(0, 2)).toEqual(['demand', 'running']);
      for (const trigger of triggers) expect(text(trigger, 'metadata.query')).toMatch(/^(sum|avg)\(/);
      expect(text(triggers[0], 'metadata.ignoreNullValues')).toBe('false');
    }
  });
});

it('speaks mutual TLS to KEDA where it has a certificate', () => {
  const objects = objectsOf(RENDERINGS['all on'] ?? {});
  const authentication = named(objects, 'TriggerAuthentication', 'r-ropeway-scaler');
  expect(list(authentication, 'spec.secretTargetRef').map((one) => text(one, 'parameter'))).toEqual([
    'caCert',
    'tlsClientCert',
    'tlsClientKey',
  ]);
  for (const scaled of ofKind(objects, 'ScaledObject'))
    expect(text(list(scaled, 'spec.triggers')[0], 'authenticationRef.name')).toBe('r-ropeway-scaler');
});

it('keeps nodes warm with pods that are as large as a worker and give way to one', () => {
  const objects = objectsOf(RENDERINGS['all on'] ?? {});
  const [pause, worker] = ['r-ropeway-default-headroom', 'r-ropeway-default'].map((name) =>
    fields(named(objects, 'Deployment', name), 'spec.template.spec'),
  );
  for (const same of ['containers.0.resources', 'nodeSelector', 'tolerations', 'affinity'])
    expect(fields(pause, same)).toEqual(fields(worker, same));
  const priorityOf = (pod: unknown) =>
    number(named(objects, 'PriorityClass', text(pod, 'priorityClassName')), 'value');
  expect(priorityOf(pause)).toBeLessThan(0);
  expect(priorityOf(pause)).toBeLessThan(priorityOf(worker));
  const gateway = named(objects, 'Deployment', 'r-ropeway-gateway');
  expect(priorityOf(worker)).toBeLessThan(priorityOf(fields(gateway, 'spec.template.spec')));
});
