import { describe, expect, it } from '@jest/globals';
import type { KnownGateway } from '../gateways/gateway-list.ts';
import { DemandBoard } from './demand-board.ts';
import type { DemandPage, PoolDemand } from './demand-page.ts';

const SILENT_MS = 5_000;
const IDLE: PoolDemand = {
  parked: 0,
  parkedTokens: 0,
  prefillTokens: 0,
  running: 0,
  hasActivation: false,
  ready: 0,
  kvUsage: new Map(),
};
const page = (changes: Partial<PoolDemand> = {}): DemandPage => ({
  pools: new Map([['yarn-4', { ...IDLE, ...changes }]]),
});
const gateway = (id: string, isReady = true): KnownGateway => ({ id, url: `http://${id}:9090`, isReady });

/** A board that knows gateways `a` and `b` since 0 and has heard nothing. */
function boardOfTwo(): DemandBoard {
  const board = new DemandBoard(SILENT_MS);
  board.list([gateway('a'), gateway('b')], 0);
  return board;
}

describe('before every Ready gateway has answered', () => {
  it('nothing is known, not even which gateways there are', () => {
    expect(new DemandBoard(SILENT_MS).coverage(0)).toEqual({
      isWhole: false,
      why: expect.stringContaining('not known yet'),
    });
  });

  it('no gateway is not no demand', () => {
    const board = new DemandBoard(SILENT_MS);
    board.list([], 0);
    expect(board.coverage(0)).toEqual({ isWhole: false, why: 'no gateway is Ready' });
  });

  it('one of two is not enough', () => {
    const board = boardOfTwo();
    board.heard('a', page(), 10);
    expect(board.coverage(10)).toEqual({
      isWhole: false,
      why: '1 of 2 Ready gateways have not answered yet',
    });
    board.heard('b', page(), 20);
    expect(board.coverage(20)).toEqual({ isWhole: true });
  });

  it('one that never answers is given up after the silence', () => {
    const board = boardOfTwo();
    board.heard('a', page(), SILENT_MS);
    expect(board.coverage(SILENT_MS).isWhole).toBe(false);
    expect(board.coverage(SILENT_MS + 1).isWhole).toBe(true);
    expect(board.states(SILENT_MS + 1)).toEqual(['answering', 'skipped']);
  });

  it('gateways that are not Ready do not make it whole', () => {
    const board = new DemandBoard(SILENT_MS);
    board.list([gateway('a', false)], 0);
    board.heard('a', page({ parked: 1 }), 1);
    expect(board.coverage(1)).toEqual({ isWhole: false, why: 'no gateway is Ready' });
  });
});

describe('the sum', () => {
  it('is over all gateways: waiting and prefill, not running', () => {
    const board = boardOfTwo();
    board.heard('a', page({ parked: 1, parkedTokens: 90_040, running: 7 }), 1);
    board.heard('b', page({ prefillTokens: 10_000, ready: 2 }), 1);
    expect(board.pool('yarn-4', 1)).toEqual({
      demandTokens: 100_040,
      requests: 8,
      isActive: true,
      readyWorkers: 2,
    });
    expect(board.pool('default', 1)).toEqual({
      demandTokens: 0,
      requests: 0,
      isActive: false,
      readyWorkers: 0,
    });
  });

  it.each([
    ['a request that waits without tokens', { parked: 1 }],
    ['an activation lease', { hasActivation: true }],
  ])('is at least 1 with %s', (_, demand) => {
    const board = boardOfTwo();
    board.heard('a', page(demand), 1);
    expect(board.pool('yarn-4', 1)).toMatchObject({ demandTokens: 1, isActive: true });
  });

  it('is 0, and yet the pool is active, while requests only run', () => {
    const board = boardOfTwo();
    board.heard('a', page({ running: 1 }), 1);
    expect(board.pool('yarn-4', 1)).toMatchObject({ demandTokens: 0, isActive: true });
  });

  it('counts the KV cache of a worker once, however many gateways scrape it', () => {
    const board = boardOfTwo();
    board.heard('a', page({ kvUsage: new Map([['w1', 0.4]]) }), 1);
    board.heard(
      'b',
      page({
        kvUsage: new Map([
          ['w1', 0.5],
          ['w2', 0.25],
        ]),
      }),
      1,
    );
    expect(board.kvUsage('yarn-4', 1)).toBe(0.75);
  });

  it('takes a worker that nobody could scrape for as full as the others, and none for nothing', () => {
    const board = boardOfTwo();
    board.heard('a', page({ ready: 3, kvUsage: new Map([['w1', 0.9]]) }), 1);
    board.heard('b', page({ ready: 2, kvUsage: new Map([['w2', 0.6]]) }), 1);
    expect(board.kvUsage('yarn-4', 1)).toBe(2.25);
    board.heard('a', page({ ready: 3 }), 2);
    board.heard('b', page(), 2);
    expect(board.kvUsage('yarn-4', 2)).toBe(0);
  });
});

describe('a gateway that falls silent', () => {
  it('is counted with its last answer, then skipped', () => {
    const board = boardOfTwo();
    board.heard('a', page({ parkedTokens: 500 }), 1_000);
    board.missed('a');
    for (const nowMs of [1_000, 6_000]) board.heard('b', page({ parkedTokens: 30 }), nowMs);
    expect(board.pool('yarn-4', 6_000).demandTokens).toBe(530);
    expect(board.states(6_000)).toEqual(['silent', 'answering']);
    expect(board.pool('yarn-4', 6_001).demandTokens).toBe(30);
    expect(board.states(6_001)).toEqual(['skipped', 'answering']);
    expect(board.coverage(6_001).isWhole).toBe(true);
  });

  it('with all the others leaves nothing known', () => {
    const board = boardOfTwo();
    for (const id of ['a', 'b']) board.heard(id, page({ parkedTokens: 500 }), 1_000);
    expect(board.coverage(6_000).isWhole).toBe(true);
    expect(board.coverage(6_001)).toEqual({
      isWhole: false,
      why: 'none of 2 Ready gateways has answered for 5000 ms',
    });
  });
});

describe('a gateway that comes or goes', () => {
  it('is waited for, even when the others have answered', () => {
    const board = boardOfTwo();
    for (const id of ['a', 'b']) board.heard(id, page(), 1_000);
    board.list([gateway('b'), gateway('c')], 1_500);
    expect(board.coverage(1_500).isWhole).toBe(false);
    board.heard('c', page({ parked: 1 }), 1_510);
    expect(board.coverage(1_510).isWhole).toBe(true);
    expect(board.pool('yarn-4', 1_510).isActive).toBe(true);
  });

  it('is waited for from when it is Ready', () => {
    const board = boardOfTwo();
    board.list([gateway('a'), gateway('b', false)], 0);
    board.list([gateway('a'), gateway('b')], 8_000);
    board.heard('a', page(), 8_001);
    expect(board.coverage(8_001).isWhole).toBe(false);
  });

  it('stays counted while it drains, and is forgotten when it is gone', () => {
    const board = boardOfTwo();
    board.heard('a', page({ running: 1 }), 1);
    board.heard('b', page(), 1);
    board.list([gateway('a', false), gateway('b')], 2);
    expect(board.pool('yarn-4', 2).isActive).toBe(true);
    expect(board.states(2)).toEqual(['answering', 'answering']);
    board.list([gateway('b')], 3);
    expect(board.pool('yarn-4', 3).isActive).toBe(false);
    expect(board.coverage(3).isWhole).toBe(true);
  });

  it('that drains in silence is neither waited for nor reported', () => {
    const board = boardOfTwo();
    board.list([gateway('a', false), gateway('b')], 1);
    board.heard('b', page(), 2);
    expect(board.coverage(2).isWhole).toBe(true);
    expect(board.states(2)).toEqual(['answering']);
  });

  it('keeps what it said over a list that names it again', () => {
    const board = boardOfTwo();
    board.heard('a', page({ parkedTokens: 500 }), 1);
    board.list([gateway('a'), gateway('b')], 2);
    expect(board.pool('yarn-4', 2).demandTokens).toBe(500);
  });

  it('whose answer comes after it has gone is not counted', () => {
    const board = boardOfTwo();
    board.list([gateway('b')], 1);
    board.heard('a', page({ parkedTokens: 500 }), 2);
    board.missed('a');
    expect(board.pool('yarn-4', 2).demandTokens).toBe(0);
  });
});
