import { expect, it } from '@jest/globals';
import { LinePage, PAGE_BYTES } from './line-page.ts';

function gathered() {
  const pages: Buffer[] = [];
  return { pages, page: new LinePage((bytes) => pages.push(bytes)) };
}

it('sends whole lines only, each once, in order, whatever they are made of', () => {
  const { pages, page } = gathered();
  const lines = Array.from({ length: 500 }, (_, n) => `${n} ${['a', 'é', '语', '😀'][n % 4]?.repeat(n)}\n`);
  for (const line of lines) page.add(line);
  page.turn();
  expect(Buffer.concat(pages).toString()).toBe(lines.join(''));
  for (const bytes of pages) expect(bytes.at(-1)).toBe(0x0a);
  expect(pages.length).toBeGreaterThan(5);
});

it('never changes what it has sent', () => {
  const { pages, page } = gathered();
  for (const line of ['first\n', `${'x'.repeat(PAGE_BYTES / 2)}\n`, 'other\n']) {
    page.add(line);
    page.turn();
  }
  expect(pages.map((bytes) => bytes.toString().slice(0, 6))).toEqual(['first\n', 'xxxxxx', 'other\n']);
});

it('sends a line that no page holds at once, after what came before it', () => {
  const { pages, page } = gathered();
  page.add('short\n');
  page.add(`${'x'.repeat(PAGE_BYTES)}\n`);
  expect(pages.map(({ length }) => length)).toEqual([6, PAGE_BYTES + 1]);
});

it('keeps no more memory than twice what it holds, however little that is', () => {
  const { pages, page } = gathered();
  page.add('short\n');
  page.turn();
  expect(pages[0]?.buffer.byteLength).toBeLessThan(PAGE_BYTES);
});

it('sends nothing where nothing was gathered', () => {
  const { pages, page } = gathered();
  page.turn();
  expect([pages, page.take()]).toEqual([[], null]);
});
