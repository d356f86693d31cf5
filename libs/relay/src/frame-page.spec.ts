import { expect, it } from '@jest/globals';
import { FramePage } from './frame-page.ts';

const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

it.each([1, 15, 16, 255, 256, 4096, 32 * 1024 - 12, 32 * 1024, 70_000])(
  'frames %i bytes as one chunk',
  (length) => {
    const page = new FramePage();
    for (let at = 0; at < length; at += 256) page.append(bytes, 0, Math.min(256, length - at));
    const frames = Buffer.from(page.frames);
    expect(frames).toHaveLength(length);
    const chunk = Buffer.from(page.toChunk(), 'latin1');
    const [head] = chunk.toString('latin1').split('\r\n', 1);
    expect(head).toBe(length.toString(16));
    const start = length.toString(16).length + 2;
    expect(chunk.subarray(start, start + length).equals(frames)).toBe(true);
    expect(chunk.subarray(start + length).toString()).toBe('\r\n');
    expect(Buffer.from(page.toText(), 'latin1').equals(frames)).toBe(true);
  },
);

it('starts afresh when cleared, after a long page too', () => {
  const page = new FramePage(3);
  for (let i = 0; i < 400; i++) page.append(bytes, 0, 256);
  page.clear();
  page.append(bytes, 65, 68);
  expect([page.toChunk(), page.toText()]).toEqual(['3\r\nABC\r\n', 'ABC']);
});
