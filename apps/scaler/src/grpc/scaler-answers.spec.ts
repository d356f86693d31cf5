import { describe, expect, it } from '@jest/globals';
import { DemandBoard } from '../demand/demand-board.ts';
import type { PoolDemand } from '../demand/demand-page.ts';
import { ScalerAnswers } from './scaler-answers.ts';

const ref = (scalerMetadata: Record<string, string>) => ({ name: 'so', namespace: 'ns', scalerMetadata });
const YARN = ref({ scalerAddress: 'scaler:9091', pool: 'yarn-4' });

function answers(): ScalerAnswers {
  return answersOf(new DemandBoard(5_000));
}

function answersOf(board: DemandBoard): ScalerAnswers {
  return new ScalerAnswers({
    board,
    poolNames: () => ['default', 'yarn-4'],
    targets: { targetTokens: 60_000, targetKvUsage: 0.8 },
    nowMs: () => 100,
  });
}

const WAITING = { parked: 1, parkedTokens: 90_040 };
const IDLE: PoolDemand = {
  parked: 0,
  parkedTokens: 0,
  prefillTokens: 0,
  running: 0,
  hasActivation: false,
  ready: 1,
  kvUsage: new Map([['w', 0.25]]),
};

/** One gateway, which has answered. */
function informedBoard(changes: Partial<PoolDemand> = WAITING): DemandBoard {
  const board = new DemandBoard(5_000);
  board.list([{ id: 'a', url: 'http://a:9090', isReady: true }], 0);
  const demand = { ...IDLE, ...changes };
  board.heard('a', { pools: new Map([['yarn-4', demand]]) }, 50);
  return board;
}

describe('targets', () => {
  it('are of the configuration unless the trigger says otherwise', () => {
    expect(answers().metricSpecs(YARN)).toEqual({
      isGiven: true,
      value: [
        { metricName: 'demand_tokens', targetSize: 60_000, targetSizeFloat: 60_000 },
        { metricName: 'kv_usage', targetSize: 1, targetSizeFloat: 0.8 },
      ],
    });
    const own = ref({ pool: 'yarn-4', targetTokens: ' 30000 ', targetKvUsage: '0.5' });
    expect(answers().metricSpecs(own)).toMatchObject({
      value: [{ targetSizeFloat: 30_000 }, { targetSizeFloat: 0.5 }],
    });
  });

  it.each(['0', '-1', 'many', 'NaN', 'Infinity', '60_000'])('refuse %j in a sentence', (targetTokens) => {
    expect(answers().metricSpecs(ref({ pool: 'yarn-4', targetTokens }))).toEqual({
      isGiven: false,
      status: 'INVALID_ARGUMENT',
      sentence: `the trigger's \`targetTokens\` must be a number above 0, not \`${targetTokens}\``,
    });
  });
});

describe('the pool of a trigger', () => {
  it('must be named', () => {
    expect(answers().isActive(ref({}))).toEqual({
      isGiven: false,
      status: 'INVALID_ARGUMENT',
      sentence: "the trigger's metadata must say `pool`: default, yarn-4",
    });
    expect(answers().pool(null)).toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('must be known, before anything is known of gateways', () => {
    expect(answers().isActive(ref({ pool: 'yarn-8' }))).toEqual({
      isGiven: false,
      status: 'NOT_FOUND',
      sentence: 'no pool is called `yarn-8`; there are default, yarn-4',
    });
  });
});

describe('while not every gateway has answered', () => {
  it('nothing is active or inactive, and no metric has a value', () => {
    const refusal = { isGiven: false, status: 'UNAVAILABLE', sentence: expect.stringMatching(/not known/) };
    expect(answers().isActive(YARN)).toEqual(refusal);
    expect(answers().metrics({ scaledObjectRef: YARN, metricName: 'demand_tokens' })).toEqual(refusal);
  });
});

describe('metrics', () => {
  it.each([
    ['demand_tokens', 60_000, 60_000],
    ['s0-demand_tokens', 60_000, 60_000],
    ['kv_usage', 0.25, 1],
    ['s12-kv_usage', 0.25, 1],
  ])('answer %s under the name that was asked', (metricName, metricValueFloat, metricValue) => {
    expect(answersOf(informedBoard()).metrics({ scaledObjectRef: YARN, metricName })).toEqual({
      isGiven: true,
      value: [{ metricName, metricValueFloat, metricValue }],
    });
  });

  it.each([
    ['one prompt, however long, needs one worker', { parked: 1, parkedTokens: 90_040 }, 60_000],
    ['two of them need two at most', { parked: 1, running: 1, parkedTokens: 250_000 }, 120_000],
    ['many short ones are their tokens', { parked: 50, parkedTokens: 50_000 }, 50_000],
    ['a pool that is woken for nobody any more is wanted a little', { hasActivation: true }, 1],
  ])('say that %s', (_, demand, metricValueFloat) => {
    const asked = { scaledObjectRef: YARN, metricName: 'demand_tokens' };
    expect(answersOf(informedBoard(demand)).metrics(asked)).toMatchObject({ value: [{ metricValueFloat }] });
  });

  it('go by the target of the trigger', () => {
    const scaledObjectRef = ref({ pool: 'yarn-4', targetTokens: '80000' });
    const asked = { scaledObjectRef, metricName: 'demand_tokens' };
    expect(answersOf(informedBoard()).metrics(asked)).toMatchObject({
      value: [{ metricValueFloat: 80_000 }],
    });
    const wrong = {
      scaledObjectRef: ref({ pool: 'yarn-4', targetTokens: 'x' }),
      metricName: 'demand_tokens',
    };
    expect(answersOf(informedBoard()).metrics(wrong)).toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  it('that nobody knows are refused, naming those there are', () => {
    expect(answersOf(informedBoard()).metrics({ scaledObjectRef: YARN, metricName: 'qps' })).toEqual({
      isGiven: false,
      status: 'INVALID_ARGUMENT',
      sentence: 'no metric is called `qps`; there are demand_tokens, kv_usage',
    });
  });
});

it('a pool nothing needs is inactive once every gateway has said so', () => {
  expect(answersOf(informedBoard()).isActive(ref({ pool: 'default' }))).toEqual({
    isGiven: true,
    value: false,
  });
  expect(answersOf(informedBoard()).isActive(YARN)).toEqual({ isGiven: true, value: true });
});
