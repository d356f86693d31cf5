// How many short chats come at which hour, and what people call that hour.
const HOURS = 24;

/** Hour of the day and chats a second of real time, with straight lines between. */
const CURVE: readonly (readonly [hour: number, perSecond: number])[] = [
  [0, 0.6],
  [6, 0.6],
  [9, 3],
  [12, 6],
  [13, 6],
  [15, 4],
  [19, 3],
  [24, 0.6],
];

const PARTS = [
  ['night', 6],
  ['morning', 11],
  ['noon', 14],
  ['afternoon', 18],
  ['evening', 24],
] as const;

type DayPart = (typeof PARTS)[number][0];

export function chatsPerSecond(hour: number): number {
  const at = Math.min(Math.max(hour, 0), HOURS);
  const next = CURVE.findIndex(([from]) => from > at);
  const [toHour, to] = CURVE[next] ?? CURVE.at(-1) ?? [HOURS, 0];
  const [fromHour, from] = CURVE[next - 1] ?? [toHour, to];
  return toHour === fromHour ? to : from + ((to - from) * (at - fromHour)) / (toHour - fromHour);
}

export function partOfDay(hour: number): DayPart {
  return PARTS.find(([, until]) => hour < until)?.[0] ?? 'evening';
}

/** `13:30`; what is left to do after the day is over is still done at midnight. */
export function clockText(hour: number): string {
  const minutes = Math.floor(Math.min(hour, HOURS) * 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The hour it is after so much of a day that takes `dayMs`. */
export function hourAt(passedMs: number, dayMs: number): number {
  return (HOURS * passedMs) / dayMs;
}
