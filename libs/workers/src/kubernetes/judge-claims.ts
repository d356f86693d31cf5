// Does a pod say of itself what its pool declares? /v1/models shows a window but no RoPE, so the labels are the only
// place where a wrong factor can be seen.
import type { Defect } from '../defect.ts';
import type { PoolDeclaration } from '../fleet.ts';
import { type FoundPod, ROPE_FACTOR_LABEL, WINDOW_LABEL } from './found-pod.ts';

/** null when it does, or was found without labels; else a sentence that says what to change. */
export function judgeClaims({ name, claims }: FoundPod, pool: PoolDeclaration): Defect | null {
  if (claims === null) return null;
  return (
    judge(name, pool, { label: ROPE_FACTOR_LABEL, said: claims.ropeFactor, declared: pool.rope.factor }) ??
    judge(name, pool, { label: WINDOW_LABEL, said: claims.windowTokens, declared: pool.windowTokens })
  );
}

interface Claim {
  readonly label: string;
  readonly said: string | null;
  readonly declared: number;
}

function judge(name: string, pool: PoolDeclaration, { label, said, declared }: Claim): Defect | null {
  if (said === null) {
    return mislabelled(
      `pod ${name} has no label ${label}; label it "${declared}" as pool ${pool.name} declares, if its vLLM was started so`,
    );
  }
  // `4` and `4.0` are one factor; anything that is no number is not equal to any.
  if (said.trim() !== '' && Number(said) === declared) return null;
  return mislabelled(
    `pod ${name} says ${label} "${said}", pool ${pool.name} declares ${declared}; start its vLLM as the pool declares and label it so, or give it the label of the pool it was started for`,
  );
}

function mislabelled(reason: string): Defect {
  return { cause: 'labels', reason };
}
