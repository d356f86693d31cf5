// ioredis' Cluster with a promise: while it is ready, the first command for a node is answered. As it comes it has two settings,
// and neither is ours: without its offline queue it fails what is asked of a node it is just connecting to; with it, it also
// keeps what is asked while the whole cluster is away, and counts late what was counted locally long ago.
import { Cluster, type Redis } from 'ioredis';

export class ClusterConnection extends Cluster {
  constructor(...terms: ConstructorParameters<typeof Cluster<'legacy'>>) {
    super(...terms);
    // Else a node is connected to by the first command for it, whose deadline is shorter than a handshake with TLS may be.
    this.on('+node', connectMaster);
  }

  /**
   * Waits for a node that is being connected to; never for the cluster. Its caller's deadline ends the waiting: what the node is
   * sent after it is counted there, as by any Redis that is slow.
   */
  override sendCommand(...[command, ...rest]: Parameters<Cluster['sendCommand']>): unknown {
    // `CLUSTER INFO` is how it becomes ready.
    if (this.status === 'ready' || command.name === 'cluster') return super.sendCommand(command, ...rest);
    command.reject(new Error(`the Redis Cluster is not there: ${this.status}`));
    return command.promise;
  }

  /**
   * `reconnect`: only of what is connected. ioredis gives up a connect under way and takes up none in its place (6.0:
   * cluster/index.js, "Connection is aborted"): asked for at that time, a new connection would never come.
   */
  override disconnect(reconnect = false): void {
    if (reconnect && this.status !== 'ready' && this.status !== 'connect') return;
    super.disconnect(reconnect);
  }
}

/** A replica is asked for nothing, and connected to by the first command after it was promoted. */
function connectMaster(node: Redis): void {
  if (node.options.readOnly) return;
  // What fails is told by `node error`, and tried again when the slots are looked at next.
  node.connect().catch(() => {});
}
