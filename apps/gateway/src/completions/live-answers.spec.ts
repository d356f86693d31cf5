import { expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { newRequestRecord } from '#telemetry';
import { Exchange } from './exchange.ts';
import { LiveAnswers } from './live-answers.ts';

function anExchange(keyId: string, tenant: string): Exchange {
  const record = Object.assign(newRequestRecord('r', 'chat', 0), { keyId, tenant });
  return new Exchange('chat', {} as never, {} as never, record);
}

it('cuts the answers of a revoked key, and no other', () => {
  const live = new LiveAnswers();
  const [mine, twin, other] = [anExchange('k1', 'acme'), anExchange('k1', 'acme'), anExchange('k2', 'acme')];
  for (const exchange of [mine, twin, other]) live.add(exchange);
  expect(live.revoke({ code: 'key_revoked', keyIds: ['k1'], tenant: null })).toBe(2);
  expect([mine.isCut, twin.isCut, other.isCut]).toEqual([true, true, false]);
  expect(() => mine.throwIfCut()).toThrow(expect.objectContaining({ code: 'key_revoked' }));
});

it('cuts all answers of a suspended tenant', () => {
  const live = new LiveAnswers();
  const [mine, other] = [anExchange('k1', 'acme'), anExchange('k2', 'globex')];
  for (const exchange of [mine, other]) live.add(exchange);
  live.revoke({ code: 'key_not_allowed', keyIds: [], tenant: 'acme' });
  expect([mine.isCut, other.isCut]).toEqual([true, false]);
});

it('leaves alone who has ended, and who is not known yet', () => {
  const live = new LiveAnswers();
  const ended = anExchange('k1', 'acme');
  const unknown = new Exchange('chat', {} as never, {} as never, newRequestRecord('r', 'chat', 0));
  for (const exchange of [ended, unknown]) live.add(exchange);
  live.delete(ended);
  expect(live.revoke({ code: 'key_revoked', keyIds: ['k1'], tenant: null })).toBe(0);
});

it('ends whatever an exchange does at that moment, once', () => {
  const exchange = anExchange('k1', 'acme');
  const lost: string[] = [];
  let woken = 0;
  exchange.lease = { lose: (fault: Fault) => lost.push(fault.code) } as never;
  exchange.stopWaiting = () => {
    woken++;
  };
  exchange.cut(new Fault('key_revoked'));
  exchange.cut(new Fault('insufficient_quota'));
  expect([lost, woken]).toEqual([['key_revoked'], 1]);
});
