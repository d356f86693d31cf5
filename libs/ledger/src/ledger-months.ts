// Which months do these rows start in? Read off the text, so that a batch is not parsed for it: our own rows have the
// field once each, as ISO 8601, and a tenant's text cannot hold it unescaped.
const STARTED_AT = /"started_at":"(\d{4}-\d{2})-/g;

/** As in `2026-11`, once each, in order. */
export function monthsOf(rows: string): readonly string[] {
  const months: string[] = [];
  for (const [, month] of rows.matchAll(STARTED_AT)) {
    if (month !== undefined && !months.includes(month)) months.push(month);
  }
  return months.sort();
}
