import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlotList } from './slot-list.ts';

it('holds what a Set would hold, whatever comes and goes', () => {
  const changes = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 9 })), { maxLength: 200 });
  fc.assert(
    fc.property(changes, (steps) => {
      const members = Array.from({ length: 10 }, (_, id) => ({ id, slot: -1 }));
      const list = new SlotList<(typeof members)[number]>();
      const set = new Set<number>();
      for (const [adds, id] of steps) {
        const member = members[id];
        if (!member) continue;
        if (adds) list.add(member);
        else list.delete(member);
        if (adds) set.add(id);
        else set.delete(id);
        expect(list.has(member)).toBe(adds);
      }
      expect(list.size).toBe(set.size);
      expect(
        list
          .toArray()
          .map(({ id }) => id)
          .sort(),
      ).toEqual([...set].sort());
    }),
  );
});

it('lets members leave while it is gone through, and visits none that has left', () => {
  const members = Array.from({ length: 5 }, (_, id) => ({ id, slot: -1 }));
  const list = new SlotList<(typeof members)[number]>();
  for (const member of members) list.add(member);
  const visited: number[] = [];
  list.each((member) => {
    visited.push(member.id);
    list.delete(member);
    const first = members[0];
    if (first) list.delete(first);
  });
  expect(visited).not.toContain(0);
  expect(new Set(visited)).toEqual(new Set([1, 2, 3, 4]));
  expect(list.size).toBe(0);
});

it('takes no member for one of another list', () => {
  const [one, other] = [new SlotList(), new SlotList()];
  const [a, b] = [{ slot: -1 }, { slot: -1 }];
  one.add(a);
  other.add(b);
  expect([one.has(b), other.has(a)]).toEqual([false, false]);
  one.delete(b);
  expect([one.size, other.size]).toEqual([1, 1]);
});
