// The usage object in its three spellings: whole answers print nulls, streams leave them out, running counts are short.
import type { VllmSimSettings } from '../options.ts';

export interface Counts {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
}

export type UsageForm = 'whole' | 'stream' | 'running';

export function usageOf(counts: Counts, form: UsageForm, chat: boolean, settings: VllmSimSettings): object {
  if (settings.frontEnd === 'rust') return rustUsage(counts);
  const { blockTokens } = settings.engine;
  const created = Math.floor(counts.promptTokens / blockTokens) * blockTokens - counts.cachedTokens;
  const cached = { cached_tokens: counts.cachedTokens };
  const details =
    form === 'whole'
      ? { ...cached, created_cache_tokens: chat ? Math.max(0, created) : null, multimodal_tokens: null }
      : chat
        ? { ...cached, created_cache_tokens: Math.max(0, created) }
        : cached;
  // deepseek_r1 counts from a generated <think>, which QwQ never generates: 0 whatever it thought (observed).
  const thought = settings.reasoningParser === 'qwen3' ? counts.reasoningTokens : 0;
  const reasoning = chat && settings.reasoningParser !== null ? { reasoning_tokens: thought } : null;
  return {
    prompt_tokens: counts.promptTokens,
    total_tokens: counts.promptTokens + counts.completionTokens,
    completion_tokens: counts.completionTokens,
    ...(form === 'whole' ? { prompt_tokens_details: settings.promptTokensDetails ? details : null } : {}),
    ...(form === 'stream' && settings.promptTokensDetails ? { prompt_tokens_details: details } : {}),
    ...(form === 'whole' || reasoning !== null ? { completion_tokens_details: reasoning } : {}),
  };
}

/** One spelling for all; it knows how much was thought, whichever parser it has (observed on 0.32). */
function rustUsage({ promptTokens, completionTokens, cachedTokens, reasoningTokens }: Counts): object {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
    prompt_tokens_details: cachedTokens > 0 ? { cached_tokens: cachedTokens } : null,
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
