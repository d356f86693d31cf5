import { describe, expect, it } from '@jest/globals';
import { planPods, type StandingPod } from './plan-pods.ts';

const pod = (id: string, terms: Partial<StandingPod> = {}): StandingPod => ({
  id,
  generation: 1,
  isReady: true,
  bornMs: Number(id.slice(1)),
  ...terms,
});

describe('a number that changes', () => {
  it('makes what is missing', () => {
    expect(planPods([pod('p1')], 3, 1)).toEqual({ create: 2, end: [] });
  });

  it('ends those that are not Ready first, then the newest', () => {
    const pods = [pod('p1'), pod('p2'), pod('p3'), pod('p0', { isReady: false })];
    expect(planPods(pods, 2, 1)).toEqual({ create: 0, end: ['p0', 'p3'] });
  });

  it('ends all of them, of whatever generation, when none is wanted', () => {
    expect(planPods([pod('p1'), pod('p2', { generation: 2 })], 0, 2)).toEqual({
      create: 0,
      end: ['p1', 'p2'],
    });
  });
});

describe('a new template', () => {
  it('adds one pod before it takes one', () => {
    expect(planPods([pod('p1'), pod('p2')], 2, 2)).toEqual({ create: 1, end: [] });
  });

  it('waits for the new one to be Ready', () => {
    const pods = [pod('p1'), pod('p2'), pod('p3', { generation: 2, isReady: false })];
    expect(planPods(pods, 2, 2)).toEqual({ create: 0, end: [] });
  });

  it('then takes one old', () => {
    const pods = [pod('p1'), pod('p2'), pod('p3', { generation: 2 })];
    expect(planPods(pods, 2, 2)).toEqual({ create: 0, end: ['p2'] });
  });

  it('replaces old ones that are not Ready at once', () => {
    expect(planPods([pod('p1', { isReady: false })], 1, 2)).toEqual({ create: 1, end: ['p1'] });
  });

  it('ends with as many as are wanted, all of them new, and never fewer Ready', () => {
    let pods: readonly StandingPod[] = [pod('p1'), pod('p2'), pod('p3')];
    let born = 3;
    for (let step = 0; step < 20; step++) {
      const { create, end } = planPods(pods, 3, 2);
      const made = Array.from({ length: create }, () => pod(`p${++born}`, { generation: 2, isReady: false }));
      pods = [
        ...pods.filter(({ id }) => !end.includes(id)).map((each) => ({ ...each, isReady: true })),
        ...made,
      ];
      expect(pods.filter(({ isReady }) => isReady).length).toBeGreaterThanOrEqual(3);
      expect(pods.length).toBeLessThanOrEqual(4);
    }
    expect(pods.map(({ generation }) => generation)).toEqual([2, 2, 2]);
  });
});
