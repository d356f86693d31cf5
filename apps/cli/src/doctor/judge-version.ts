// Is this vLLM one for the models we serve?
import { type Finding, fail, ok, warn } from './finding.ts';

/** vLLM before 0.4 came with transformers older than 4.37, which knows no `qwen2`: loading QwQ-32B ends with this error. */
const OLDEST_MINOR = 4;
/** Rope by --hf-overrides; before that another flag, and other names in /metrics (docs/workers.md). */
const OLDEST_TRIED_MINOR = 12;

export const TOO_OLD_HINT =
  "if its log ends with KeyError: 'qwen2', its transformers is older than 4.37: use a newer image";

export function judgeVersion(check: string, version: string | null): Finding | null {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (major === undefined || minor === undefined) return null;
  const isBelow = (wanted: number) => Number(major) === 0 && Number(minor) < wanted;
  if (isBelow(OLDEST_MINOR)) {
    const what = `vLLM ${version} is too old for Qwen2 models (QwQ-32B): they end with KeyError: 'qwen2'`;
    return fail(
      check,
      what,
      'use a vLLM image with transformers 4.37 or newer; 0.12 and later are supported',
    );
  }
  if (isBelow(OLDEST_TRIED_MINOR))
    return warn(
      check,
      `vLLM ${version} is older than any we tried`,
      'use vLLM 0.12 or newer; before it, YaRN needs --rope-scaling (docs/workers.md)',
    );
  return ok(check, `vLLM ${version}`);
}
