import { describe, expect, it } from '@jest/globals';
import { RecentRequests } from './recent-requests.ts';
import { newRequestRecord } from './request-record.ts';

function ringOf(keep: number, ids: readonly string[]): RecentRequests {
  const recent = new RecentRequests(keep);
  for (const id of ids) {
    const record = newRequestRecord(id, 'chat', 0);
    record.correlationId = 'mine';
    recent.add(record);
  }
  return recent;
}
const idsOf = (records: readonly { readonly requestId: string }[]) =>
  records.map(({ requestId }) => requestId);

describe('recent requests', () => {
  it('forgets the oldest when it is full', () => {
    const recent = ringOf(3, ['a', 'b', 'c', 'd']);
    expect(idsOf(recent.last(10))).toEqual(['d', 'c', 'b']);
    expect(recent.find('a')).toEqual([]);
  });

  it("finds one by our id and by the client's, newest first", () => {
    const recent = ringOf(5, ['a', 'b', 'c']);
    expect(idsOf(recent.find('b'))).toEqual(['b']);
    expect(idsOf(recent.find('mine'))).toEqual(['c', 'b', 'a']);
    expect(idsOf(recent.last(2))).toEqual(['c', 'b']);
  });

  it('keeps none where none are to be kept', () => {
    expect(ringOf(0, ['a']).last(10)).toEqual([]);
  });
});
