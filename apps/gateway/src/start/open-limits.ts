// Where limits are counted: in Redis with others, or in this process alone.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import { type BudgetTruth, type Limiter, MemoryLimiter } from '#limits';
import type { StateReading } from '#telemetry';
import type { OutputEstimate } from '../completions/spending.ts';

export interface OpenLimits {
  readonly limiter: Limiter;
  readonly outputEstimate: OutputEstimate;
  reading(): StateReading['limits'];
}

export async function openLimits(
  _config: RopewayConfig,
  truth: BudgetTruth | null,
  _logger: Logger,
): Promise<OpenLimits> {
  return {
    limiter: new MemoryLimiter({ truth }),
    outputEstimate: { tokens: () => null, observe: () => undefined },
    reading: () => null,
  };
}
