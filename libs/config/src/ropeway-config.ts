// The configuration as the apps get it: checked as a whole, every default filled in, every secret read. Plain values, frozen.
import type { DatabaseOptions } from '#database';
import type { Price } from '#limits';
import type { ProfileName } from '#models';
import type { RelayOptions } from '#relay';
import type { RoutePolicy } from '#routing';
import type { Followed, TracingOptions } from '#telemetry';
import type { KeyDeclaration } from '#tenancy';
import type { TokenizerOptions } from '#tokenizer';
import type { DiscoverySettings, PoolDeclaration } from '#workers';

export interface RopewayConfig {
  readonly server: ServerConfig;
  readonly ops: { readonly host: string; readonly port: number };
  readonly log: { readonly level: LogLevel; readonly follow: Followed };
  readonly bodies: BodiesConfig;
  readonly waiting: WaitingConfig;
  readonly relay: RelayOptions & RetryConfig;
  readonly workers: WorkersConfig;
  readonly tokenizer: Omit<TokenizerOptions, 'vocabulary'>;
  readonly metrics: { readonly maxTenantLabels: number };
  readonly requests: { readonly keep: number };
  /** null: no traces. */
  readonly tracing: TracingOptions | null;
  readonly models: readonly ModelConfig[];
  readonly pools: readonly PoolDeclaration[];
  /** null: workers are those the pools name. The kubeconfig's path is absolute. */
  readonly discovery: DiscoverySettings | null;
  readonly keys: readonly KeyDeclaration[];
  /** null: only `keys` are known, and no ledger is kept. */
  readonly database: DatabaseOptions | null;
  /** null: limits are counted in this process alone. */
  readonly redis: RedisConfig | null;
  readonly auth: AuthConfig;
  readonly limits: LimitsConfig;
  readonly ledger: LedgerConfig;
  readonly prices: readonly PriceConfig[];
  /** What a token of a pool counts in token limits. */
  readonly tokenWeights: ReadonlyMap<string, number>;
  readonly control: {
    readonly host: string;
    readonly port: number;
    readonly adminKeyFile: string;
    readonly gateways: readonly string[];
  };
  readonly scaler: ScalerConfig;
  /** Secret. Pepper by version, for `KeyRing`. */
  readonly peppers: ReadonlyMap<number, string>;
}

interface ScalerConfig {
  readonly host: string;
  readonly port: number;
  readonly gateways: {
    readonly selector: string;
    readonly port: number;
    /** Empty: pods are looked for. */
    readonly urls: readonly string[];
  };
  readonly pollMs: number;
  readonly silentMs: number;
  readonly targetTokens: number;
  readonly targetKvUsage: number;
  /** Absolute paths; null speaks plain text. */
  readonly tls: TlsFiles | null;
}

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** null asks a client for no certificate. */
  readonly clientCaFile: string | null;
}

export interface RedisConfig {
  /** May hold a password. */
  readonly urls: readonly string[];
  readonly isCluster: boolean;
  readonly username: string | null;
  /** Secret. */
  readonly password: string | null;
  readonly ca: string | null;
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
  readonly breakerFailures: number;
  readonly breakerProbeMs: number;
  readonly strictAfterMs: number;
}

interface AuthConfig {
  readonly environments: readonly ('live' | 'test')[];
  readonly trustedProxies: readonly string[];
  readonly failedPerMinute: number;
  readonly cachedKeys: number;
  readonly lookupTimeoutMs: number;
  readonly offlineHours: number;
  /** Absolute. */
  readonly snapshotFile: string;
}

interface LimitsConfig {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly meterTokens: number;
  readonly meterMs: number;
  readonly unstatedOutputTokens: number;
}

interface LedgerConfig {
  /** Absolute. */
  readonly outbox: string;
  readonly maxRows: number;
  readonly batchRows: number;
  readonly handover: boolean;
}

export interface PriceConfig extends Price {
  readonly model: string;
  /** null: every pool of the model that has no price of its own. */
  readonly pool: string | null;
}

type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Host name clients use, for what is printed; null = `host`. */
  readonly publicHost: string | null;
  readonly headersTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Between SIGTERM and the first refusal. */
  readonly leaveMs: number;
  readonly maxHeaderBytes: number;
}

interface BodiesConfig {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Request bytes held at once; above it new requests get 503 `gateway_busy` (decisions R8). */
  readonly inFlightBytes: number;
}

interface WaitingConfig {
  readonly maxRequests: number;
  /** Prompts and output budgets of what waits. */
  readonly maxTokens: number;
  /** Bodies of what waits. */
  readonly maxBytes: number;
  /** Of each of the three, for one tenant. */
  readonly maxTenantShare: number;
  readonly maxWaitMs: number;
  readonly activationMs: number;
  /** Until an obstacle ends the wait for a pod that fits no node, and for one with another obstacle. */
  readonly unschedulableMs: number;
  readonly obstacleMs: number;
}

/** The part of `relay` that belongs to the answer, not to the leg. */
interface RetryConfig {
  readonly drainTimeoutMs: number;
  /** Further workers tried after the first. */
  readonly retries: number;
  readonly retryBudgetRatio: number;
  readonly retryBudgetMinPerSecond: number;
}

interface WorkersConfig {
  readonly scrapeIntervalMs: number;
  readonly maxScrapesPerSecond: number;
  readonly probeTimeoutMs: number;
  readonly lookAgainMs: number;
  readonly stallAfterMs: number;
  readonly drainSilenceMs: number;
  readonly breakerFailures: number;
  readonly breakerOpenMs: number;
  readonly warmUpMs: number;
  readonly compareCounts: boolean;
}

export interface ModelConfig {
  readonly id: string;
  readonly aliases: readonly string[];
  /** null only with `counting: 'worker'`. */
  readonly profile: ProfileName | null;
  readonly servedName: string;
  readonly counting: 'exact' | 'worker';
  /** null only with `counting: 'worker'`. A path is absolute. */
  readonly vocabulary: TokenizerOptions['vocabulary'] | null;
  readonly maxAnswers: number;
  /** Whether each tenant's prefixes are cached apart from the others'. */
  readonly cacheSalt: 'none' | 'tenant';
  readonly policy: RoutePolicy;
}
