// A connection that fails at once rather than waits: every command has a deadline and a caller that knows what to do without.
import { Redis } from 'ioredis';
import { ClusterConnection } from './cluster-connection.ts';

export interface RedisConnectOptions {
  /** One address, or some of a cluster: `redis://` or `rediss://`; may hold a password. */
  readonly urls: readonly string[];
  readonly isCluster: boolean;
  readonly username: string | null;
  readonly password: string | null;
  /** PEM of the authority that signed the server's certificate; null: the system's. */
  readonly ca: string | null;
}

/** Long enough for TLS over a network, short enough for a probe each second. */
const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_RETRY_MS = 1_000;

/** Connects in the background, and again whenever the connection breaks. `onError` gets what goes wrong on the way. */
export function connectRedis(
  options: RedisConnectOptions,
  onError: (error: Error) => void,
): Redis | ClusterConnection {
  const connection = options.isCluster ? connectCluster(options) : connectOne(options);
  // Without a listener ioredis writes to the console.
  connection.on('error', onError);
  return connection;
}

function connectOne(options: RedisConnectOptions): Redis {
  const [url = 'redis://127.0.0.1:6379'] = options.urls;
  return new Redis(url, { ...commonOptions(options), retryStrategy: retryMs });
}

function connectCluster(options: RedisConnectOptions): ClusterConnection {
  return new ClusterConnection([...options.urls], {
    // Of the nodes; ClusterConnection keeps it from the whole.
    enableOfflineQueue: true,
    clusterRetryStrategy: retryMs,
    // A moved slot is followed; a failing one is not asked again and again within one deadline.
    maxRedirections: 3,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // Asked again at once while a slot moves: later the cluster may be away, and ioredis would keep it until it is back.
    retryDelayOnTryAgain: 0,
    redisOptions: commonOptions(options),
  });
}

function commonOptions({ username, password, ca, urls }: RedisConnectOptions) {
  const isTls = urls.some((url) => url.startsWith('rediss://'));
  return {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(isTls ? { tls: ca === null ? {} : { ca } } : {}),
    connectionName: 'ropeway-limits',
    connectTimeout: CONNECT_TIMEOUT_MS,
    // What could not be sent has failed: it is counted locally meanwhile, and must not be counted again later.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    noDelay: true,
  };
}

function retryMs(times: number): number {
  return Math.min(50 * times, LONGEST_RETRY_MS);
}
