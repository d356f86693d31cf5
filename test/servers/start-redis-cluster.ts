// A real Redis Cluster of three masters, so that a script whose keys lie in two slots fails in a test and not at a customer's.
import { setTimeout as sleep } from 'node:timers/promises';
import { askRedis } from './ask-redis.ts';
import { freePort } from './free-port.ts';
import { startRedis, type TestRedis } from './start-redis.ts';

const MASTERS = 3;
const SLOTS = 16_384;
/** Gossip takes 1 to 3 s to tell all nodes of all slots. */
const READY_MS = 20_000;
const LOOK_MS = 50;

export interface TestRedisCluster {
  /** One of each master; a client finds the others from any. */
  readonly urls: readonly string[];
  readonly nodes: readonly TestRedis[];
  stop(): Promise<void>;
}

/** Resolves once every node says `cluster_state:ok`; about 3 s. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const nodes: TestRedis[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    // One after the other: two that start at once could choose one port.
    const busPorts: number[] = [];
    for (let i = 0; i < MASTERS; i++) {
      const busPort = await freePort();
      nodes.push(await startRedis({ args: clusterArgs(busPort) }));
      busPorts.push(busPort);
    }
    await giveSlots(nodes);
    await introduce(nodes, busPorts);
    await Promise.all(nodes.map(untilOk));
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: nodes.map((node) => node.url), nodes, stop };
}

function clusterArgs(busPort: number): string[] {
  // By default the bus is at port + 10000, which nobody has looked at.
  const bus = ['--cluster-port', `${busPort}`, '--cluster-announce-ip', '127.0.0.1'];
  return ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...bus];
}

async function giveSlots(nodes: readonly TestRedis[]): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    const first = Math.floor((index * SLOTS) / nodes.length);
    const last = Math.floor(((index + 1) * SLOTS) / nodes.length) - 1;
    await askRedis(node.port, `CLUSTER ADDSLOTSRANGE ${first} ${last}`);
    // Two nodes of one epoch would first have to settle who is the older.
    await askRedis(node.port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
  }
}

async function introduce(nodes: readonly TestRedis[], busPorts: readonly number[]): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) return;
  for (const node of others) {
    await askRedis(node.port, `CLUSTER MEET 127.0.0.1 ${first.port} ${busPorts[0]}`);
  }
}

async function untilOk(node: TestRedis): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const info = await askRedis(node.port, 'CLUSTER INFO');
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${MASTERS}`)) return;
    if (performance.now() > deadline) throw new Error(`the cluster does not come up:\n${info}`);
    await sleep(LOOK_MS);
  }
}
