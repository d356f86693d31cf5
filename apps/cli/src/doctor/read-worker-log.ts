// A worker that does not start says why only in its log. The endings we know, and what mends each.
import { type Finding, fail, ok } from './finding.ts';

const CHECK = 'worker log';

const ENDINGS: readonly (readonly [sign: RegExp, what: string, fix: string])[] = [
  [
    /KeyError: ['"]qwen2['"]/,
    "the engine is too old for the model (KeyError: 'qwen2'): its transformers is older than 4.37",
    'use a newer vLLM image; 0.12 and later are supported',
  ],
  [
    /unrecognized arguments:.*--rope-scaling/,
    'this vLLM has no flag --rope-scaling (gone since 0.12)',
    'set the rope by --hf-overrides (docs/workers.md, The rope)',
  ],
  [
    /KeyError: ['"]rope_type['"]/,
    'the rope override has "type" where this vLLM wants "rope_type"',
    'write rope_parameters as in docs/workers.md, The rope',
  ],
  [
    /greater than the derived max_model_len/,
    'the window is larger than the model allows',
    'add max_position_embeddings to --hf-overrides beside the rope (docs/workers.md, The rope)',
  ],
  [
    /CUDA out of memory|No available memory for the cache blocks|KV cache is needed, which is larger than the available/,
    'the GPU memory does not hold the model and one whole window',
    'more or larger GPUs (--tensor-parallel-size), or a smaller window (docs/workers.md, Memory)',
  ],
];

export function readWorkerLog(text: string): readonly Finding[] {
  const found = ENDINGS.filter(([sign]) => sign.test(text)).map(([, what, fix]) => fail(CHECK, what, fix));
  return found.length > 0 ? found : [ok(CHECK, 'holds none of the endings known here')];
}
