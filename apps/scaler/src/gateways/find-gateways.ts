// Where the gateways are, as the configuration says it: at fixed addresses, or as pods.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import { type Cluster, openCluster, ReflectorTally, watchPods } from '#workers';
import { FixedGateways } from './fixed-gateways.ts';
import type { GatewayList } from './gateway-list.ts';
import { notePodEvent } from './note-pod-event.ts';
import { PodGateways, type WatchPods } from './pod-gateways.ts';

type Settings = Pick<RopewayConfig, 'scaler' | 'discovery'>;

/** Throws a sentence for the operator when there is no way to find them. */
export async function findGateways(settings: Settings, logger: Logger): Promise<GatewayList> {
  const { urls, selector, port } = settings.scaler.gateways;
  if (urls.length > 0) return new FixedGateways(urls);
  const cluster = await clusterOf(settings);
  logger.info({ selector, namespace: cluster.namespace }, 'gateways are found in Kubernetes');
  return new PodGateways(watchOn(cluster, settings, logger), port);
}

/** Where the workers are named in the configuration, the gateways are looked for where we run. */
async function clusterOf({ discovery }: Settings): Promise<Cluster> {
  try {
    return await openCluster(discovery ?? { kubeconfig: null, namespace: null });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`no way to find the gateways: ${why}; or name them in scaler.gateways.urls`, {
      cause: error,
    });
  }
}

function watchOn(cluster: Cluster, { scaler, discovery }: Settings, logger: Logger): WatchPods {
  const { selector } = scaler.gateways;
  const options = discovery === null ? {} : { watchMs: discovery.watchMs, answerMs: discovery.answerMs };
  return (changed) => {
    const tally = new ReflectorTally(['pods']);
    const watch = watchPods({
      cluster,
      selector,
      changed,
      options,
      log: (event) => {
        tally.note(event);
        notePodEvent(event, logger);
      },
    });
    return {
      close: () => watch.close(),
      get reading() {
        const { isSynced, ageMs, trouble } = watch.reading;
        const watches = [{ resource: 'pods', ageMs }];
        return { isSynced, watches, lists: tally.lists, failures: tally.failures, ignored: [], trouble };
      },
    };
  };
}
