// A stream of bytes as whole lines, a batch for each chunk that completes at least one.
import { ApiFailure } from './api-failure.ts';

const NEWLINE = 0x0a;

/** A line the stream ends in the middle of is dropped: it is not known to be whole. Longer lines than the limit fail. */
export async function* readLines(
  stream: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<readonly string[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream) {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      // Cut at bytes and decoded as a whole: a character may lie across two chunks.
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]);
      if (line.length > 0) lines.push(line.toString('utf8'));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
    }
    if (lines.length > 0) yield lines;
    if (restBytes > maxLineBytes) {
      throw new ApiFailure('unreadable', `a line of the watch is longer than ${maxLineBytes} bytes`);
    }
  }
}
