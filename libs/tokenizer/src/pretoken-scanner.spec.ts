// Expected pieces are those of the engine's own pre-tokeniser (tokenizers 0.23.2), asked once and written down.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { PretokenScanner } from './pretoken-scanner.ts';
import { loadUnicodeClasses } from './unicode-classes.ts';

describe('PretokenScanner', () => {
  let scanner: PretokenScanner;

  beforeAll(async () => {
    scanner = new PretokenScanner(await loadUnicodeClasses());
  });

  function split(text: string): readonly string[] {
    const bytes = Buffer.from(text);
    scanner.setText(bytes, bytes.length);
    const pieces: string[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = scanner.endOf(start);
      pieces.push(bytes.subarray(start, end).toString('utf8'));
      start = end;
    }
    return pieces;
  }

  it.each([
    ["'s", ["'s"]],
    ["'S top", ["'S", ' top']],
    ["'LLx", ["'LL", 'x']],
    ["'rE", ["'rE"]],
    ["x'\u017fa", ['x', "'\u017f", 'a']],
    ["'\u00dfa", ["'\u00dfa"]],
    ["a'K", ['a', "'K"]],
    ["''s", ["''", 's']],
    ["'", ["'"]],
  ])('cuts contractions: %j', (text, pieces) => {
    expect(split(text)).toEqual(pieces);
  });

  it.each([
    ['  x', [' ', ' x']],
    ['\u3000x', ['\u3000x']],
    ['\ta', ['\ta']],
    [' \u0301', [' \u0301']],
    ['\u00a0\u0301', ['\u00a0', '\u0301']],
    ['\n\n x', ['\n\n', ' x']],
    [' \n x', [' \n', ' x']],
    ['  \u0085 \nx', ['  \u0085 \n', 'x']],
    ['x\r\n\r\n  ', ['x', '\r\n\r\n', '  ']],
    ['\u0085\u0085x', ['\u0085', '\u0085x']],
    ['   1', ['  ', ' ', '1']],
    ['   !', ['  ', ' !']],
    [' ', [' ']],
  ])('cuts white space: %j', (text, pieces) => {
    expect(split(text)).toEqual(pieces);
  });

  it.each([
    ['!!\r\n\n x', ['!!\r\n\n', ' x']],
    ['((foo)', ['((', 'foo', ')']],
    ['(foo', ['(foo']],
    ['\u200bx', ['\u200bx']],
    ['1\u0301a', ['1', '\u0301a']],
    ['12½Ⅷ', ['1', '2', '½', 'Ⅷ']],
    ['字abc字。x', ['字abc字', '。x']],
    ['👍🏽 ok', ['👍🏽', ' ok']],
  ])('cuts letters, numbers and the rest: %j', (text, pieces) => {
    expect(split(text)).toEqual(pieces);
  });

  it('notices what NFC could change, and only that', () => {
    for (const text of ['plain', 'café 你好 한국 Ω', '👍🏽']) {
      split(text);
      expect([text, scanner.metComposing]).toEqual([text, false]);
    }
    for (const text of ['cafe\u0301', '\u212b', '\u1100\u1161', '\uf900', 'สวัสดี\u0e38']) {
      split(text);
      expect([text, scanner.metComposing]).toEqual([text, true]);
    }
  });
});
