// Port: where a day is played. Whoever sends requests and adds up what became of them does not know on which.
import type { ScrapeTarget } from '../../scripts/observe/prometheus-config.ts';
import type { PlayedPool } from './day/played-pools.ts';
import type { Service } from './load/service.ts';

export interface StageTerms {
  /** Something that must not fail has failed. */
  readonly failed: (error: Error) => void;
  /** A line of a gateway's log; all have been heard when the stage has come to rest. */
  readonly heard: (record: Readonly<Record<string, unknown>>) => void;
  /** A pool was given another number of workers. */
  readonly scaled: (pool: string, from: number, to: number) => void;
  /** For whoever watches the day. */
  readonly tell: (what: string) => void;
}

/** A worker's pod from its making to its end. */
export interface HeldPod {
  readonly bornMs: number;
  /** First time; null: not yet. */
  readonly readyMs: number | null;
  /** null: it still holds its GPU. */
  readonly goneMs: number | null;
}

/** The workers of a pool, as they are now. */
export interface PoolOnStage {
  readonly pool: PlayedPool;
  readonly wanted: number;
  /** The largest number wanted at once: what a fixed fleet would have to be. */
  readonly mostWanted: number;
  readonly ready: number;
  /** Of pods that hold a GPU. */
  readonly standing: number;
  /** All there ever were. */
  readonly pods: readonly HeldPod[];
}

/** Questions to the scaler, and those it did not answer. */
export interface ScalerQuestions {
  readonly asked: number;
  readonly unanswered: number;
}

export interface Stage {
  /** Resolves once gateways and scaler are ready and every pool has its least workers. Close it, even if it rejects. */
  start(): Promise<void>;
  /** What follows holds only once it has started. */
  readonly key: string;
  readonly service: Service;
  readonly pools: readonly PoolOnStage[];
  /** null: whoever asks here does not count. */
  readonly questions: ScalerQuestions | null;
  /** What a Prometheus would scrape now; null: nothing here is watched. */
  readonly scrapeTargets: readonly ScrapeTarget[] | null;
  /** Requests that wait in the gateways. */
  parked(): Promise<number>;
  /** One after the other; resolves with the number of those replaced once their answers are finished. */
  replaceGateways(): Promise<number>;
  /** A new template; resolves with the number of pods replaced once all are. */
  replaceWorkers(): Promise<number>;
  /** kill -9; resolves once it is back. */
  killGateway(): Promise<void>;
  /** Nothing is scaled any more, and the gateways end in good order. */
  rest(): Promise<void>;
  close(): Promise<void>;
}
