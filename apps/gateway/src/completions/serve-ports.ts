// What the pipeline needs of the world, as one object of ports.
import type { AddressRanges } from '#addresses';
import type { Ledger, UsageQueries } from '#ledger';
import type { Limiter, OutputEstimate } from '#limits';
import type { RelayOptions, WorkerClient } from '#relay';
import type { Lifecycle, Telemetry } from '#telemetry';
import type { FailedAuth, KeyStore } from '#tenancy';
import type { Fleet, RetryBudget } from '#workers';
import type { BodyBytes } from '../http/body-bytes.ts';
import type { BodyBounds } from '../http/read-body.ts';
import type { ServedModels } from '../models/served-models.ts';
import type { ParkingLot } from '../parking/parking-lot.ts';
import type { LiveAnswers } from './live-answers.ts';
import type { Pricing } from './pricing.ts';

interface ServeSettings {
  readonly body: BodyBounds;
  readonly relay: RelayOptions;
  /** More workers tried after the first (decisions R4: two). */
  readonly maxRetries: number;
  /** Output reserved, at most, for a request that states none. */
  readonly unstatedOutputTokens: number;
}

export interface ServePorts {
  readonly keys: KeyStore;
  readonly failedAuth: FailedAuth;
  readonly trustedProxies: AddressRanges;
  readonly limiter: Limiter;
  readonly pricing: Pricing;
  readonly outputEstimate: OutputEstimate;
  /** null: no database, so no usage is recorded. */
  readonly ledger: Ledger | null;
  /** null with `ledger`. */
  readonly usage: UsageQueries | null;
  readonly liveAnswers: LiveAnswers;
  readonly bodies: BodyBytes;
  readonly parking: ParkingLot;
  readonly models: ServedModels;
  readonly fleet: Fleet;
  /** Gateways that share the workers, this one included, as last heard. */
  readonly gateways: () => number;
  readonly client: WorkerClient;
  readonly retryBudget: RetryBudget;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly settings: ServeSettings;
}
