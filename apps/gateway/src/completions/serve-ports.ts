// What the pipeline needs of the world, as one object of ports.
import type { RateLimiter } from '#limits';
import type { RelayOptions, WorkerClient } from '#relay';
import type { Telemetry } from '#telemetry';
import type { KeyStore } from '#tenancy';
import type { Fleet, RetryBudget } from '#workers';
import type { BodyBytes } from '../http/body-bytes.ts';
import type { BodyBounds } from '../http/read-body.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { ServedModels } from '../models/served-models.ts';

export interface ServeSettings {
  readonly body: BodyBounds;
  readonly relay: RelayOptions;
  /** More workers tried after the first (decisions R4: two). */
  readonly maxRetries: number;
  /** Longest wait for room. */
  readonly maxWaitMs: number;
}

export interface ServePorts {
  readonly keys: KeyStore;
  readonly requestRates: RateLimiter;
  readonly bodies: BodyBytes;
  readonly models: ServedModels;
  readonly fleet: Fleet;
  readonly client: WorkerClient;
  readonly retryBudget: RetryBudget;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly settings: ServeSettings;
}
