// What the checks need to know of a model family before any worker is asked.
import type { ProfileName } from '#models';

export interface ProfileFacts {
  /** Embedded vocabulary of the family. */
  readonly vocabulary: 'qwen3' | 'qwen2.5';
  /** Positions YaRN factors multiply (`original_max_position_embeddings`). */
  readonly originalMaxPosition: number;
  /** Largest window without YaRN: max_position_embeddings of the family's current config.json. */
  readonly nativeWindowTokens: number;
}

/**
 * QwQ-32B and Qwen3 were trained on 32,768 positions and state 40,960 (8,192 in, 32,768 out). QwQ's first revision stated
 * 131,072: vLLM then takes a window of 131,072 without any YaRN and without a warning, which is why a default rope above
 * the native window must be asked for (`allowNativeWindow`).
 */
export const PROFILE_FACTS: Readonly<Record<ProfileName, ProfileFacts>> = {
  qwq: { vocabulary: 'qwen3', originalMaxPosition: 32_768, nativeWindowTokens: 40_960 },
  'qwen2.5': { vocabulary: 'qwen2.5', originalMaxPosition: 32_768, nativeWindowTokens: 32_768 },
  qwen3: { vocabulary: 'qwen3', originalMaxPosition: 32_768, nativeWindowTokens: 40_960 },
};
