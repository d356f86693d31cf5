import { describe, expect, it } from '@jest/globals';
import { AddedTokenFinder, refuseAddedTokens } from './added-token-finder.ts';

const tokens = [
  { id: 1, content: '<a>' },
  { id: 2, content: '<a>b' },
  { id: 3, content: '<|end|>' },
];

describe('AddedTokenFinder', () => {
  const finder = new AddedTokenFinder(tokens);

  it.each([
    ['x<a>', 1, 1, 4],
    ['x<a>bc', 1, 2, 5],
    ['<<|end|>', 1, 3, 8],
    ['<|en<|end|>', 4, 3, 11],
  ])('finds the first and longest spelling in %j', (text, start, id, end) => {
    const bytes = Buffer.from(text);
    expect(finder.find(bytes, 0, bytes.length)).toBe(start);
    expect(finder.id).toBe(id);
    expect(finder.end).toBe(end);
  });

  it.each(['', '<', '<A>', '<|end|', '<\u00e1>', '< a>'])('finds none in %j', (text) => {
    const bytes = Buffer.from(text);
    expect(finder.find(bytes, 0, bytes.length)).toBe(bytes.length);
  });

  it('does not look beyond the end of the text', () => {
    expect(finder.find(Buffer.from('<|end|>'), 0, 6)).toBe(6);
  });

  it('refuses tokens that could begin inside one another', () => {
    expect(refuseAddedTokens(tokens)).toBeNull();
    expect(refuseAddedTokens([{ id: 4, content: '[INST]' }])).toContain('"[INST]"');
    expect(refuseAddedTokens([{ id: 4, content: '<a<b' }])).toContain('"<a<b"');
  });
});
