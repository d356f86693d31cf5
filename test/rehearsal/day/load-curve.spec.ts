import { expect, it } from '@jest/globals';
import { chatsPerSecond, clockText, hourAt, partOfDay } from './load-curve.ts';

it('has its peak at noon and its trough at night', () => {
  const rates = Array.from({ length: 25 }, (_, hour) => chatsPerSecond(hour));
  expect(Math.max(...rates)).toBe(chatsPerSecond(12));
  expect(Math.min(...rates)).toBe(chatsPerSecond(3));
});

it('goes in straight lines, and stays at its ends beyond them', () => {
  expect(chatsPerSecond(7.5)).toBeCloseTo((chatsPerSecond(6) + chatsPerSecond(9)) / 2);
  expect([chatsPerSecond(-1), chatsPerSecond(30)]).toEqual([chatsPerSecond(0), chatsPerSecond(24)]);
});

it.each([
  [0, 'night'],
  [6, 'morning'],
  [13.9, 'noon'],
  [14, 'afternoon'],
  [23.9, 'evening'],
  [24, 'evening'],
])('calls %d %s', (hour, part) => expect(partOfDay(hour)).toBe(part));

it.each([
  [0, '00:00'],
  [13.5, '13:30'],
  [25, '24:00'],
])('writes %d as %s', (hour, text) => expect(clockText(hour)).toBe(text));

it('fits a day into minutes', () => expect(hourAt(90_000, 180_000)).toBe(12));
