// The calendar day or month an instant lies in, by the clock on a tenant's wall: budgets are counted in it. Days have 23 to
// 25 hours where clocks change, midnight may be missing or come twice, and offsets change by law: all of it is asked of ICU.
import type { BudgetPeriod } from './limits.ts';

interface CalendarPeriod {
  /** Its first instant, ms since 1970. */
  readonly fromMs: number;
  /** The first instant after it: the next one's `fromMs`. */
  readonly untilMs: number;
}

/** Never throws: a zone ICU does not know counts as UTC. Remembers the last period of each zone, so most calls cost a look-up. */
export function calendarPeriod(period: BudgetPeriod, timeZone: string, nowMs: number): CalendarPeriod {
  const wall = wallClock(timeZone);
  const known = wall.known[period];
  if (known !== null && known.fromMs <= nowMs && nowMs < known.untilMs) return known;
  const found = findPeriod(period, wall, nowMs);
  wall.known[period] = found;
  return found;
}

/** No zone was ever further than this from UTC (Manila until 1844: 15:56 behind), so a day begins within it. */
const FURTHEST_MS = 26 * 3_600_000;
/** There are about 600 names in the time zone database; the bound only matters if something invents them. */
const MOST_ZONES = 1_000;

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

interface WallClock {
  readonly format: Intl.DateTimeFormat;
  readonly known: { day: CalendarPeriod | null; month: CalendarPeriod | null };
}

const clocks = new Map<string, WallClock>();

function wallClock(timeZone: string): WallClock {
  const known = clocks.get(timeZone);
  if (known) return known;
  if (clocks.size >= MOST_ZONES) clocks.clear();
  const made = { format: formatOf(timeZone), known: { day: null, month: null } };
  clocks.set(timeZone, made);
  return made;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const options = { year: 'numeric', month: 'numeric', day: 'numeric', calendar: 'iso8601' } as const;
  try {
    return new Intl.DateTimeFormat('en-u-ca-iso8601', { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat('en-u-ca-iso8601', { ...options, timeZone: 'UTC' });
  }
}

function findPeriod(period: BudgetPeriod, wall: WallClock, nowMs: number): CalendarPeriod {
  const today = dayAt(wall, nowMs);
  const isMonth = period === 'month';
  const first = isMonth ? { ...today, day: 1 } : today;
  const next = isMonth ? { ...first, month: first.month + 1 } : { ...first, day: first.day + 1 };
  const fromMs = startOf(wall, first);
  // Where clocks went back over midnight, the new day was on the wall once already, a while too soon.
  if (nowMs < fromMs) return findPeriod(period, wall, fromMs - FURTHEST_MS / 2);
  const untilMs = startOf(wall, next);
  return nowMs < untilMs ? { fromMs, untilMs } : findPeriod(period, wall, untilMs);
}

/** The instant from which on the wall shows this day or a later one. Month 13 and day 32 are the first of the next. */
function startOf(wall: WallClock, { year, month, day }: Day): number {
  const midnightUtc = Date.UTC(year, month - 1, day);
  const wanted = ordinal(new Date(midnightUtc));
  let beforeMs = midnightUtc - FURTHEST_MS;
  let notBeforeMs = midnightUtc + FURTHEST_MS;
  while (notBeforeMs - beforeMs > 1) {
    const middleMs = Math.floor((beforeMs + notBeforeMs) / 2);
    const { year: y, month: m, day: d } = dayAt(wall, middleMs);
    if (y * 10_000 + m * 100 + d >= wanted) notBeforeMs = middleMs;
    else beforeMs = middleMs;
  }
  return notBeforeMs;
}

function ordinal(date: Date): number {
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

function dayAt({ format }: WallClock, atMs: number): Day {
  const shown = { year: 0, month: 0, day: 0 };
  for (const { type, value } of format.formatToParts(atMs)) {
    if (type === 'year' || type === 'month' || type === 'day') shown[type] = Number(value);
  }
  return shown;
}
