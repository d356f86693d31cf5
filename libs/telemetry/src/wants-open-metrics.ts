// Which of the two texts /metrics answers in (RFC 9110 section 12.5.1, OpenMetrics 1.0 section 'Protocol negotiation').

/** Only for whoever names it: a range such as any type at all gets the plain text, which everything reads. */
export function wantsOpenMetrics(accept: string): boolean {
  const ranges = accept.split(',').map(readRange);
  const open = qualityOf('application/openmetrics-text', ranges);
  return open > 0 && open >= qualityOf('text/plain', ranges);
}

interface MediaRange {
  readonly type: string;
  /** 0: not acceptable. */
  readonly quality: number;
}

/** The best of its versions; 0 where it is not named. */
function qualityOf(wanted: string, ranges: readonly MediaRange[]): number {
  return Math.max(0, ...ranges.filter(({ type }) => type === wanted).map(({ quality }) => quality));
}

function readRange(text: string): MediaRange {
  const [type = '', ...parameters] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  // What is no number is not acceptable.
  return { type, quality: weight === undefined ? 1 : Number(weight.slice(2)) || 0 };
}
