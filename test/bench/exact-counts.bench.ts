// Is the count exact? Texts made to be counted wrongly, against the `tokenizers` library in the same run, and the chats a
// real vLLM tokenised, against its counts. The tests prove the same on ids in CI; this says the number.
// Run: node test/bench/exact-counts.bench.ts [texts]
import { createTokenCounter } from '#tokenizer';
import { hostileText, textKinds } from '../../libs/tokenizer/test/hostile-texts.ts';
import { Oracle } from '../../libs/tokenizer/test/oracle.ts';
import { recordedChats } from '../../libs/tokenizer/test/recorded.ts';
import { SeededRandom } from '../seeded-random.ts';

const texts = Number(process.argv[2] ?? 12_000);
/** Another one than the tests', which prove theirs already. */
const SEED = 20_261_123;

const oracle = new Oracle();
const counter = await createTokenCounter({
  vocabulary: 'qwen3',
  cacheEntries: 1_000,
  inlineBytes: 32 * 1024,
  threads: 1,
});
const random = new SeededRandom(SEED);
const differences: string[] = [];
for (let number = 0; number < texts; number++) {
  const text = hostileText(random.pick(textKinds), random);
  if ((await counter.count([text])) !== (await oracle.encode(text)).length) differences.push(text);
}
const chats = recordedChats();
const recorded: string[] = [];
for (const { prompt, count } of chats) if ((await counter.count([prompt])) !== count) recorded.push(prompt);
await counter.close();

for (const text of [...differences, ...recorded].slice(0, 5))
  console.error(JSON.stringify(text).slice(0, 400));
console.log(
  JSON.stringify({
    texts,
    differences: differences.length,
    recorded_chats: chats.length,
    recorded_differences: recorded.length,
  }),
);
if (differences.length + recorded.length > 0) process.exitCode = 1;
