// What one frame costs: passed as it is, given both names of thinking by splicing, and by parsing and printing JSON.
// Run: node test/bench/relay-splice.bench.ts [seconds per row]. Reads hold one frame, as at 30 tokens/s a stream.
import { FramePage } from '../../libs/relay/src/frame-page.ts';
import { FrameSplicer } from '../../libs/relay/src/frame-splicer.ts';

const seconds = Number(process.argv[2] ?? 1);
const FRAMES = 2000;

function frames(deltaOf: (text: string) => object, extra: object = {}): Buffer[] {
  return Array.from({ length: FRAMES }, (_, i) => {
    const choices = [
      { index: 0, delta: deltaOf(` word${i % 97}`), logprobs: null, finish_reason: null, token_ids: null },
    ];
    const chunk = {
      id: 'chatcmpl-8d8dd9124b07be53',
      object: 'chat.completion.chunk',
      created: 1795441554,
      model: 'QwQ-32B',
      choices,
      ...extra,
    };
    return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
  });
}

interface Row {
  readonly name: string;
  readonly frames: readonly Buffer[];
  readonly carry: (frame: Buffer, page: FramePage) => void;
}

function splice(modelAlias: string | null = null): Row['carry'] {
  const splicer = new FrameSplicer({
    kind: 'chat',
    reasoningNames: 'both',
    modelAlias: modelAlias === null ? null : Buffer.from(JSON.stringify(modelAlias)),
    showsUsage: true,
    keepsChunkUsage: false,
  });
  return (frame, page) => splicer.feed(frame, 0, frame.length, page);
}

function parseAndPrint(frame: Buffer, page: FramePage): void {
  const chunk = JSON.parse(frame.toString('utf8', 6));
  for (const { delta } of chunk.choices) delta.reasoning_content = delta.reasoning;
  const out = Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
  page.append(out, 0, out.length);
}

const thinking = frames((text) => ({ reasoning: text }));
const content = frames((text) => ({ content: text }));
const usage = { prompt_tokens: 11, total_tokens: 12, completion_tokens: 1 };
const rows: Row[] = [
  { name: 'copied unopened', frames: content, carry: (frame, page) => page.append(frame, 0, frame.length) },
  { name: 'content, nothing to change', frames: content, carry: splice() },
  { name: 'thinking, both names', frames: thinking, carry: splice() },
  { name: 'thinking, both names, model alias', frames: thinking, carry: splice('Qwen/QwQ-32B') },
  {
    name: 'thinking, usage cut from each (exact scan)',
    frames: frames((text) => ({ reasoning: text }), { usage }),
    carry: splice(),
  },
  { name: 'thinking, JSON.parse + stringify', frames: thinking, carry: parseAndPrint },
];

function measure({ frames, carry }: Row): number {
  const page = new FramePage();
  let carried = 0;
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    for (const frame of frames) {
      carry(frame, page);
      page.length = 0;
    }
    carried += frames.length;
  }
  return carried / ((performance.now() - start) / 1000);
}

const results = rows.map((row) => {
  // Twice, so that what is measured is what runs after the compiler is done.
  measure(row);
  const framesPerSecond = Math.round(measure(row));
  return { row: row.name, framesPerSecond, nanosecondsPerFrame: Math.round(1e9 / framesPerSecond) };
});
console.table(results);
console.log(JSON.stringify({ bench: 'relay-splice', node: process.version, results }));
