import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calendarPeriod } from './calendar-period.ts';

const HOUR_MS = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();
const at = (period: 'day' | 'month', zone: string, instant: string) => {
  const { fromMs, untilMs } = calendarPeriod(period, zone, Date.parse(instant));
  return [iso(fromMs), iso(untilMs)];
};

describe('calendarPeriod', () => {
  it('is a day or a month of the tenant, not of UTC', () => {
    expect(at('day', 'Asia/Tokyo', '2026-11-23T16:00:00Z')).toEqual([
      '2026-11-23T15:00:00.000Z',
      '2026-11-24T15:00:00.000Z',
    ]);
    expect(at('month', 'Asia/Tokyo', '2026-11-30T16:00:00Z')).toEqual([
      '2026-11-30T15:00:00.000Z',
      '2026-12-31T15:00:00.000Z',
    ]);
    expect(at('month', 'UTC', '2026-12-31T23:59:59Z')).toEqual([
      '2026-12-01T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
    ]);
    expect(at('month', 'UTC', '2028-02-29T12:00:00Z')).toEqual([
      '2028-02-01T00:00:00.000Z',
      '2028-03-01T00:00:00.000Z',
    ]);
  });

  it('has 23 hours where clocks go forward and 25 where they go back', () => {
    expect(at('day', 'Europe/Berlin', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(at('day', 'Europe/Berlin', '2026-10-25T12:00:00Z')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  it('begins at one where there is no midnight', () => {
    // Brazil's clocks went from 23:59:59 to 01:00 on 2018-11-04.
    expect(at('day', 'America/Sao_Paulo', '2018-11-04T12:00:00Z')).toEqual([
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ]);
  });

  it('begins at the first midnight where there are two', () => {
    // Cuba's clocks go from 01:00 back to 00:00.
    expect(at('day', 'America/Havana', '2026-11-01T12:00:00Z')).toEqual([
      '2026-11-01T04:00:00.000Z',
      '2026-11-02T05:00:00.000Z',
    ]);
  });

  it('leaves out a day that never was', () => {
    // Samoa crossed the date line: after 2011-12-29 came 2011-12-31.
    const [, end] = at('day', 'Pacific/Apia', '2011-12-29T12:00:00-10:00');
    expect(end).toBe('2011-12-30T10:00:00.000Z');
    expect(at('day', 'Pacific/Apia', '2011-12-30T10:00:00Z')).toEqual([
      '2011-12-30T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z',
    ]);
  });

  it('takes an unknown zone for UTC', () => {
    expect(at('day', 'Mars/Olympus', '2026-11-23T16:00:00Z')).toEqual([
      '2026-11-23T00:00:00.000Z',
      '2026-11-24T00:00:00.000Z',
    ]);
  });

  it('holds every instant in exactly one period, and leaves no gap, in any zone of the world', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const instants = fc.integer({
      min: Date.parse('1995-01-01T00:00:00Z'),
      max: Date.parse('2040-01-01T00:00:00Z'),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom('day' as const, 'month' as const),
        instants,
        (zone, period, nowMs) => {
          const now = calendarPeriod(period, zone, nowMs);
          expect(now.fromMs <= nowMs && nowMs < now.untilMs).toBe(true);
          expect(calendarPeriod(period, zone, now.untilMs).fromMs).toBe(now.untilMs);
          expect(calendarPeriod(period, zone, now.untilMs - 1)).toEqual(now);
          expect(calendarPeriod(period, zone, now.fromMs)).toEqual(now);
          const hours = (now.untilMs - now.fromMs) / HOUR_MS;
          expect(hours).toBeGreaterThan(period === 'day' ? 20 : 27 * 24);
          expect(hours).toBeLessThan(period === 'day' ? 49 : 32 * 24);
        },
      ),
      { numRuns: 300 },
    );
  });
});
