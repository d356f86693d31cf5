// A panel's query as Grafana sends it to Prometheus.
import type { ReadBoard } from './read-boards.ts';

/** Grafana takes four times the interval of scrapes, at least. */
interface Times {
  readonly rateInterval: string;
  readonly interval: string;
  /** The time shown. */
  readonly range: string;
}

/** With "All" chosen in every variable of the board. Throws at a variable that the board lacks. */
export function substitute(expression: string, board: ReadBoard, times: Times): string {
  const values = new Map([
    ['__rate_interval', times.rateInterval],
    ['__interval', times.interval],
    ['__range', times.range],
    ...board.templating.list.map(({ name, allValue }) => [name, allValue ?? '.*'] as const),
  ]);
  return expression.replaceAll(/\$(\w+)/g, (text, name) => {
    const value = values.get(name);
    if (value === undefined) throw new RangeError(`${text}: no such variable on ${board.title}`);
    return value;
  });
}
