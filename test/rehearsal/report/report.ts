// The whole of what a rehearsal found, as `--json` prints it.
import type { ScalerQuestions } from '../stage.ts';
import type { GpuHours } from './gpu-hours.ts';
import type { ParkedReport } from './parked-report.ts';
import type { RequestsReport } from './requests-report.ts';
import type { WakeUp } from './wake-ups.ts';

export interface PoolReport {
  readonly pool: string;
  readonly gpuHours: GpuHours;
  /** Wanted at once, at most. */
  readonly mostWorkers: number;
  /** Made during the day. */
  readonly workersMade: number;
}

interface Replacements {
  readonly workers: number;
  readonly gateways: number;
  readonly killed: number;
}

export interface Report {
  readonly minutes: number;
  readonly requests: RequestsReport;
  readonly parked: Readonly<Record<string, ParkedReport>>;
  readonly pools: readonly PoolReport[];
  readonly wakeUps: readonly WakeUp[];
  readonly replaced: Replacements;
  /** Questions the real scaler was asked over gRPC; null: nobody counted. */
  readonly scaler: ScalerQuestions | null;
  /** null: no Prometheus watched the day. */
  readonly boards: BoardsReport | null;
  readonly promises: readonly Promised[];
}

/** Queries about scaling that the boards asked of a Prometheus, over the day. */
export interface BoardsReport {
  readonly asked: number;
  /** Refused or empty: `panel (query)`. */
  readonly unanswered: readonly string[];
}

export interface Promised {
  readonly promise: string;
  readonly isKept: boolean;
}
