import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LiveRequests } from './live-requests.ts';

interface Item {
  readonly requestId: string;
}

describe('LiveRequests', () => {
  it('holds what a Map would, whatever comes and goes', () => {
    const steps = fc.array(fc.record({ id: fc.integer({ min: 0, max: 300 }), adds: fc.boolean() }), {
      maxLength: 600,
    });
    fc.assert(
      fc.property(steps, (history) => {
        const live = new LiveRequests<Item>();
        const map = new Map<string, Item>();
        for (const { id, adds } of history) {
          const requestId = `req-${id}`;
          if (adds) {
            const item = { requestId };
            live.add(item);
            map.set(requestId, item);
          } else {
            const item = map.get(requestId);
            if (item) live.delete(item);
            map.delete(requestId);
          }
        }
        expect(live.size).toBe(map.size);
        for (let id = 0; id <= 300; id++) expect(live.get(`req-${id}`)).toBe(map.get(`req-${id}`) ?? null);
        const visited: Item[] = [];
        live.each((item) => visited.push(item));
        expect(new Set(visited)).toEqual(new Set(map.values()));
        const inParts: Item[] = [];
        for (let part = 0; part < 16; part++) live.eachOfPart(part, 16, (item) => inParts.push(item));
        expect(inParts.length).toBe(map.size);
        expect(new Set(inParts)).toEqual(new Set(map.values()));
      }),
    );
  });

  it('does not take out another one of the same id', () => {
    const live = new LiveRequests<Item>();
    live.add({ requestId: 'a' });
    live.delete({ requestId: 'a' });
    expect(live.size).toBe(1);
  });
});
