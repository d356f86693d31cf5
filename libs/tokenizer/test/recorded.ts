// What a real vLLM answered, from the fixtures: rendered prompts and texts with their counts and ids.
import { globSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const fixtures = new URL('../../../test/fixtures/vllm-golden/', import.meta.url);

interface RecordedPrompt {
  readonly prompt: string;
  readonly count: number;
  readonly token_ids: readonly number[];
}

/** The chats; two were refused (lone surrogates) and have no prompt. */
export function recordedChats(): readonly RecordedPrompt[] {
  return gunzipSync(readFileSync(new URL('chats.jsonl.gz', fixtures)))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line): RecordedPrompt => JSON.parse(line))
    .filter(({ prompt }) => typeof prompt === 'string');
}

/** Answers of `/tokenize` to texts, of every version and front end recorded. */
export function recordedAnswers(): readonly RecordedPrompt[] {
  const files = globSync('*/*tokenize*.json', { cwd: fixtures.pathname });
  return files.flatMap((file) => {
    const { request, response } = JSON.parse(readFileSync(new URL(file, fixtures), 'utf8'));
    if (response.status !== 200 || typeof request.body !== 'string') return [];
    const { prompt, messages } = JSON.parse(request.body);
    if (typeof prompt !== 'string' || messages !== undefined) return [];
    const { count, tokens } = JSON.parse(response.body);
    return [{ prompt, count, token_ids: tokens }];
  });
}
