// The model families Ropeway can count for, by the name a configuration gives them.
import type { ModelProfile } from './model-profile.ts';
import { QWEN2_5 } from './qwen2-5.ts';
import { QWEN3 } from './qwen3.ts';
import { QWQ } from './qwq.ts';

export const PROFILES: readonly ModelProfile[] = [QWQ, QWEN2_5, QWEN3];

export function profileNamed(name: string): ModelProfile | undefined {
  return PROFILES.find((profile) => profile.name === name);
}
