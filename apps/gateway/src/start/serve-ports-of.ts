// What the pipeline needs of the world, put together from what was opened and from the configuration.
import { AddressRanges } from '#addresses';
import type { RopewayConfig } from '#config';
import type { WorkerClient } from '#relay';
import type { Lifecycle, Telemetry } from '#telemetry';
import { FailedAuth } from '#tenancy';
import { DEFAULT_RETRY_BUDGET, RetryBudget } from '#workers';
import type { LiveAnswers } from '../completions/live-answers.ts';
import { Pricing } from '../completions/pricing.ts';
import type { ServePorts } from '../completions/serve-ports.ts';
import { BodyBytes } from '../http/body-bytes.ts';
import type { ServedModel } from '../models/served-model.ts';
import { ServedModels } from '../models/served-models.ts';
import type { OpenFleet } from './open-fleet.ts';
import type { State } from './open-state.ts';

interface Opened {
  readonly state: State;
  readonly workers: OpenFleet;
  readonly models: readonly ServedModel[];
  readonly client: WorkerClient;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly liveAnswers: LiveAnswers;
}

export function servePortsOf(config: RopewayConfig, opened: Opened): ServePorts {
  const { state, workers, models, telemetry } = opened;
  const { relay, bodies, limits, auth } = config;
  return {
    keys: state.keys,
    failedAuth: new FailedAuth(auth),
    trustedProxies: new AddressRanges(auth.trustedProxies),
    limiter: state.limiter,
    pricing: new Pricing(config),
    outputEstimate: state.outputEstimate,
    ledger: state.ledger,
    usage: state.usage,
    liveAnswers: opened.liveAnswers,
    bodies: new BodyBytes(bodies.inFlightBytes, telemetry.inFlight),
    parking: workers.parking,
    models: new ServedModels(models),
    fleet: workers.fleet,
    gateways: () => state.limiter.stats().replicas,
    client: opened.client,
    retryBudget: new RetryBudget({
      ratio: relay.retryBudgetRatio,
      minPerSecond: relay.retryBudgetMinPerSecond,
      savedSeconds: DEFAULT_RETRY_BUDGET.savedSeconds,
      nowMs: () => performance.now(),
    }),
    telemetry,
    lifecycle: opened.lifecycle,
    settings: {
      body: { maxBodyBytes: bodies.maxBytes, bodyTimeoutMs: bodies.timeoutMs },
      relay,
      maxRetries: relay.retries,
      unstatedOutputTokens: limits.unstatedOutputTokens,
    },
  };
}
