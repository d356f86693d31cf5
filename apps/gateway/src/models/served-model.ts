// A model as this gateway serves it: its names, its profile, its counter, its routing policy.
import type { ModelProfile } from '#models';
import type { RoutePolicy } from '#routing';
import type { TokenCounter } from '#tokenizer';

export interface ServedModel {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Name its workers know it under. */
  readonly servedName: string;
  /** null: prompts of this model are counted by its workers (`counting: worker`). */
  readonly profile: ModelProfile | null;
  readonly counter: TokenCounter;
  /** Secret under which tenants' prefixes are cached apart; null shares them. */
  readonly cacheSaltKey: string | null;
  readonly policy: RoutePolicy;
  /** Largest `n`, and most prompts of a batch. */
  readonly maxAnswers: number;
}
