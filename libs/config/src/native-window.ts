// How long a window a model family has without YaRN: max_position_embeddings of its current config.json.
import { type ProfileName, profileNamed } from '#models';

/**
 * QwQ-32B and Qwen3 were trained on 32,768 positions and state 40,960 (8,192 in, 32,768 out). QwQ's first revision stated
 * 131,072: vLLM then takes a window of 131,072 without any YaRN and without a warning, which is why a default rope above
 * the native window must be asked for (`allowNativeWindow`).
 */
const NATIVE_WINDOW_TOKENS: Readonly<Record<ProfileName, number>> = {
  qwq: 40_960,
  'qwen2.5': 32_768,
  qwen3: 40_960,
};

interface Positions {
  readonly nativeWindowTokens: number;
  /** What YaRN factors multiply. */
  readonly originalMaxPosition: number;
}

/** null for a model without a profile: we know nothing of it. */
export function positionsOf(profile: ProfileName | undefined): Positions | null {
  const facts = profile === undefined ? undefined : profileNamed(profile);
  if (profile === undefined || facts === undefined) return null;
  return {
    nativeWindowTokens: NATIVE_WINDOW_TOKENS[profile],
    originalMaxPosition: facts.originalMaxPosition,
  };
}
