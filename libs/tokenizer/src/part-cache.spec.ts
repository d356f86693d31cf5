import { describe, expect, it } from '@jest/globals';
import { PartCache } from './part-cache.ts';

describe('PartCache', () => {
  it('forgets the parts not asked for longest, and never holds more than its entries', () => {
    const cache = new PartCache(4);
    for (const part of ['a', 'b', 'c', 'd']) cache.set(part, 1);
    expect(cache.get('a')).toBe(1); // used again: stays
    cache.set('e', 1);
    cache.set('f', 1);
    const kept = ['a', 'b', 'c', 'd', 'e', 'f'].filter((part) => cache.get(part) !== undefined);
    expect(kept.length).toBeLessThanOrEqual(4);
    expect(kept).toContain('a');
    expect(kept).toContain('f');
  });

  it('keeps nothing when it has no entries', () => {
    const cache = new PartCache(0);
    cache.set('a', 1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('gives different texts different keys, and none that holds the text', () => {
    const cache = new PartCache(2);
    const key = cache.keyOf('a secret of the caller');
    expect(key).toHaveLength(32);
    expect(key).not.toContain('secret');
    expect(cache.keyOf('another text')).not.toBe(key);
  });
});
