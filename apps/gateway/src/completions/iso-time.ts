// A moment as the ledger writes it. `Date.toISOString` takes 1 us, of which a request spends two; times come in order, so mostly
// only the milliseconds differ from the last one.

let second = Number.NaN;
let start = '';

/** The same as `new Date(ms).toISOString()`, for times since 1970. */
export function isoTime(ms: number): string {
  const whole = Math.trunc(ms);
  const ofSecond = Math.floor(whole / 1_000);
  if (ofSecond !== second) {
    start = new Date(ofSecond * 1_000).toISOString().slice(0, -4);
    second = ofSecond;
  }
  const rest = whole - ofSecond * 1_000;
  return `${start}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}
