import { expect, it } from '@jest/globals';
import { pinnedPool } from './pinned-pool.ts';

it.each([undefined, '', ['a', 'b']])('takes %j for no pin', (header) => {
  expect(pinnedPool(header)).toBeNull();
});

it('takes a pool by its name', () => expect(pinnedPool('yarn-4')).toBe('yarn-4'));
