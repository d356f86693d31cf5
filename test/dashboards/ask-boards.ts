// What a real Prometheus answers to the boards' queries, each sent as Grafana sends it. Asked by every deployment that has
// series of its own: the standalone fleet, the test cluster, the rehearsal.
import type { PrometheusClient, Range, Series } from '../servers/prometheus-client.ts';
import { queries, type ReadBoard, type ReadPanel } from './read-boards.ts';
import { substitute } from './substitute.ts';

/** Of a Prometheus that scrapes each second. */
const TIMES = { rateInterval: '10s', interval: '1s', range: '10m' };
const STEP_S = 1;

export interface BoardQuery {
  /** `board: panel (query)`. */
  readonly name: string;
  readonly panel: ReadPanel;
  readonly expression: string;
  /** Of a table: asked as of now. */
  readonly isInstant: boolean;
}

export interface BoardAnswer {
  readonly name: string;
  /** What a panel has to draw: without points that are no number, and series that have none but those. */
  readonly series: readonly Series[];
  /** Why there was no answer at all: Prometheus does not take the query, or is not there. */
  readonly refusal: string | null;
}

export const boardQueries: readonly BoardQuery[] = queries.map(({ name, board, panel, expr, instant }) => ({
  name,
  panel,
  expression: forEverything(expr, board),
  isInstant: instant === true,
}));

/** As Grafana asks it with All chosen everywhere. */
export function forEverything(expression: string, board: ReadBoard): string {
  return substitute(expression, board, TIMES);
}

/** One after the other, over the time from then until now. Never rejects. */
export async function askBoards(
  client: PrometheusClient,
  asked: readonly BoardQuery[],
  startS: number,
): Promise<readonly BoardAnswer[]> {
  const range = { startS, endS: Date.now() / 1_000, stepS: STEP_S };
  const answers: BoardAnswer[] = [];
  for (const query of asked) answers.push(await answerOf(client, query, range));
  return answers;
}

/** Names of those with nothing to draw, and why where that was said. */
export function unanswered(answers: readonly BoardAnswer[]): readonly string[] {
  return answers
    .filter(({ series }) => series.length === 0)
    .map(({ name, refusal }) => (refusal === null ? name : `${name}: ${refusal}`));
}

async function answerOf(client: PrometheusClient, query: BoardQuery, range: Range): Promise<BoardAnswer> {
  const { name, expression, isInstant } = query;
  try {
    const all = isInstant
      ? await instantly(client, expression, range)
      : await client.queryRange(expression, range);
    const series = all
      .map(({ labels, points }) => ({ labels, points: points.filter(({ value }) => !Number.isNaN(value)) }))
      .filter(({ points }) => points.length > 0);
    return { name, series, refusal: null };
  } catch (error) {
    return { name, series: [], refusal: String(error) };
  }
}

async function instantly(
  client: PrometheusClient,
  expression: string,
  { endS: timeS }: Range,
): Promise<readonly Series[]> {
  const samples = await client.query(expression);
  return samples.map(({ labels, value }) => ({ labels, points: [{ timeS, value }] }));
}
