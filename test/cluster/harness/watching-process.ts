// A process that does nothing but watch pods, so that what a watch costs can be measured: forked with a kubeconfig, a
// namespace and a selector; answers any message with its figures.
import { openCluster, watchPods } from '#workers';

const [kubeconfig = '', namespace = '', selector = ''] = process.argv.slice(2);
const cluster = await openCluster({ kubeconfig, namespace });
let changes = 0;
let relistMs = 0;
const watch = watchPods({
  cluster,
  selector,
  changed: () => {
    changes += 1;
  },
  log: (event) => {
    if (event.kind === 'listed') relistMs = event.tookMs;
  },
});

export interface WatchingFigures {
  readonly pods: number;
  readonly ready: number;
  readonly changes: number;
  /** Of the last whole list. */
  readonly relistMs: number;
  readonly cpuMs: number;
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const ready = watch.objects.filter(({ isReady }) => isReady).length;
  const figures: WatchingFigures = {
    pods: watch.objects.length,
    ready,
    changes,
    relistMs,
    cpuMs: (user + system) / 1_000,
  };
  process.send?.(figures);
});
