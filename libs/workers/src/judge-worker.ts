// Is a worker what its pool declares: same model, same window, same way to count, and awake? Asked before it takes its
// first request and again from time to time.
import type { WorkerQuestion, WorkerReply } from './ask-worker.ts';
import { describeReply } from './ask-worker.ts';
import { checkTokenizer, type TokenizerProbe } from './check-tokenizer.ts';
import type { Defect } from './defect.ts';
import type { PoolDeclaration } from './fleet.ts';
import type { TokenizerFinding } from './fleet-event.ts';
import { judgeModels } from './judge-models.ts';

interface WorkerCase {
  readonly declaration: PoolDeclaration;
  readonly ask: (question: WorkerQuestion) => Promise<WorkerReply>;
  readonly timeoutMs: number;
  readonly tokenizerProbes: readonly TokenizerProbe[];
  /** The comparison of counts came to an end earlier in this process's life. */
  readonly isTokenizerSettled: boolean;
  /** Its last metrics page said so. */
  readonly isAsleep: boolean;
}

/** `right`: may work. `wrong`: must not, and says why and what to change. `unclear`: it did not say; ask again. */
type Verdict = (
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly defect: Defect }
  | { readonly kind: 'unclear'; readonly reason: string }
) & {
  /** What the comparison of counts found, when it was made. */
  readonly finding: TokenizerFinding | null;
};

export async function judgeWorker(worker: WorkerCase): Promise<Verdict> {
  const models = await worker.ask({ method: 'GET', path: '/v1/models', timeoutMs: worker.timeoutMs });
  if (models.kind !== 'answered' || models.status >= 500) {
    return { kind: 'unclear', reason: `/v1/models: ${describeReply(models)}`, finding: null };
  }
  if (models.status === 401 || models.status === 403) return wrong(WRONG_KEY);
  const difference = judgeModels(models.body.toString('utf8'), worker.declaration);
  if (difference !== null) return wrong(difference);
  if (worker.isAsleep) return wrong(ASLEEP);
  return worker.isTokenizerSettled ? { kind: 'right', finding: null } : judgeCounts(worker);
}

export const ASLEEP: Defect = {
  cause: 'asleep',
  reason: 'its engine sleeps (vLLM sleep mode) and would let requests wait; wake it with POST /wake_up',
};
const WRONG_KEY: Defect = {
  cause: 'key',
  reason:
    "it refuses the pool's key for workers; set the pool's apiKey to the one vLLM was started with (--api-key)",
};

async function judgeCounts(worker: WorkerCase): Promise<Verdict> {
  const { model } = worker.declaration;
  const probes = worker.tokenizerProbes.filter((probe) => (probe.model ?? model) === model);
  if (probes.length === 0) return { kind: 'right', finding: null };
  const finding = await checkTokenizer(probes, worker.ask, worker.timeoutMs);
  // Only a count that differs keeps it out: one we could not get is a warning.
  if (finding.result !== 'different') return { kind: 'right', finding };
  return { kind: 'wrong', defect: { cause: 'tokenizer', reason: finding.detail }, finding };
}

function wrong(defect: Defect): Verdict {
  return { kind: 'wrong', defect, finding: null };
}
