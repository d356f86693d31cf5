// One request for people: its row of the ledger, and how it went as its gateway remembers it.
import * as z from 'zod';
import type { Terminal } from '../terminal.ts';
import { type Column, fieldTable, textTable } from './text-table.ts';
import { countText, durationText, limitName, momentText } from './words.ts';

const count = z.number().nullable();
const text = z.string().nullable();

export const requestStory = z.looseObject({
  request_id: z.string(),
  correlation_id: text,
  trace_id: text,
  gateway: z.string(),
  state: z.string(),
  started_at: z.string(),
  duration_ms: z.number(),
  tenant: text,
  key_id: text,
  model: text,
  outcome: text,
  fault: text,
  limit: z.looseObject({ kind: z.string(), scope: z.string(), unit: text }).nullable(),
  retry_after_ms: count,
  finish_reason: text,
  prompt_tokens: count,
  output_budget: count,
  output_budget_source: text,
  pool: text,
  rope: text,
  explanation: text,
  pools: z.array(
    z.looseObject({
      name: z.string(),
      rope: z.string(),
      window: z.number(),
      headroom: z.number(),
      why_not: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
  steps: z.array(z.looseObject({ name: z.string(), at_ms: z.number(), took_ms: z.number() })),
  attempts: z.array(
    z.looseObject({
      worker: z.string(),
      pool: z.string(),
      started_ms: z.number(),
      ended_ms: count,
      outcome: text,
      cause: text,
    }),
  ),
});
type Story = z.infer<typeof requestStory>;
type Pool = Story['pools'][number];
type Step = Story['steps'][number];
type Attempt = Story['attempts'][number];

/** The longest step fills it. */
const BAR = 24;

export function storyText(story: Story, terminal: Terminal): string {
  const parts = [
    fieldTable(terminal, factsOf(story)),
    textTable(terminal, stepColumns(story), story.steps),
    ...(story.pools.length === 0 ? [] : [textTable(terminal, POOLS, story.pools)]),
    ...(story.attempts.length === 0 ? [] : [textTable(terminal, ATTEMPTS, story.attempts)]),
  ];
  return parts.join('\n\n');
}

function factsOf(story: Story): readonly (readonly [string, string])[] {
  const { outcome, fault, finish_reason: finish, output_budget: budget } = story;
  const known = [outcome ?? 'running', fault, finish].filter((word) => word !== null);
  return [
    ['request', story.request_id],
    ...optional('x-request-id', story.correlation_id),
    ...optional('trace', story.trace_id),
    ['gateway', story.gateway],
    ['started', momentText(story.started_at)],
    ...optional('tenant', story.tenant),
    ...optional('key', story.key_id),
    ...optional('model', story.model),
    ['outcome', known.join(', ')],
    ...optional('limit', story.limit && limitText(story.limit)),
    ...optional('retry after', story.retry_after_ms === null ? null : durationText(story.retry_after_ms)),
    ['prompt tokens', story.prompt_tokens === null ? 'not counted' : countText(story.prompt_tokens)],
    ['output budget', budget === null ? '-' : `${countText(budget)} (${story.output_budget_source})`],
    ['pool', story.pool === null ? 'none' : `${story.pool} (${story.rope})`],
    ...optional('why', story.explanation),
    ['took', millis(story.duration_ms)],
  ];
}

function optional(name: string, value: string | null): readonly (readonly [string, string])[] {
  return value === null ? [] : [[name, value]];
}

/** In the words of `ropeway limits`. */
function limitText({ kind, scope, unit }: NonNullable<Story['limit']>): string {
  return `${limitName(kind, unit)} of the ${scope}`;
}

function stepColumns({ steps, duration_ms: total }: Story): readonly Column<Step>[] {
  const longest = Math.max(...steps.map(({ took_ms }) => took_ms), Number.MIN_VALUE);
  return [
    { title: 'STEP', cell: ({ name }) => name },
    { title: 'AT', cell: ({ at_ms }) => millis(at_ms), isNumber: true },
    { title: 'TOOK', cell: ({ took_ms }) => millis(took_ms), isNumber: true },
    {
      title: `OF ${millis(total)}`,
      cell: ({ took_ms }) => '█'.repeat(Math.round((took_ms / longest) * BAR)) || '▏',
    },
  ];
}

const POOLS: readonly Column<Pool>[] = [
  { title: 'POOL', cell: ({ name }) => name },
  { title: 'ROPE', cell: ({ rope }) => rope },
  { title: 'WINDOW', cell: ({ window }) => countText(window), isNumber: true },
  { title: 'ROOM LEFT', cell: ({ headroom }) => countText(headroom), isNumber: true },
  { title: 'WHY', cell: ({ why_not }) => why_not?.message ?? 'chosen', mayWrap: true },
];

const ATTEMPTS: readonly Column<Attempt>[] = [
  { title: 'WORKER', cell: ({ worker }) => worker, mayWrap: true },
  { title: 'AT', cell: ({ started_ms }) => millis(started_ms), isNumber: true },
  {
    title: 'UNTIL',
    cell: ({ ended_ms }) => (ended_ms === null ? 'now' : millis(ended_ms)),
    isNumber: true,
  },
  {
    title: 'OUTCOME',
    cell: ({ outcome, cause }) => [outcome ?? 'running', cause].filter((word) => word !== null).join(': '),
    mayWrap: true,
  },
];

/** Three digits that count. */
function millis(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(1) : ms.toFixed(3)} ms`;
}
