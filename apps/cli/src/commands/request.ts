// `ropeway request …`: rows of the ledger, and what gateways remember of a request. Prompts and answers are never kept.
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { allPages } from '../admin/all-pages.ts';
import { understood } from '../admin/answers.ts';
import { moment, wholeNumber } from '../options/parse-values.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { requestStory, storyText } from '../output/request-whole.ts';
import { fieldTable, textTable } from '../output/text-table.ts';
import { countText, momentText } from '../output/words.ts';
import type { Terminal } from '../terminal.ts';

interface ListOptions extends AdminOptions {
  readonly tenant?: string;
  readonly key?: string;
  readonly model?: string;
  readonly pool?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

const OUTCOMES = ['completed', 'failed', 'client_closed', 'cut', 'unknown'];

export function addRequestCommands(program: Command, terminal: Terminal): void {
  const request = program.command('request').description('Single requests.');
  const list = request
    .command('list')
    .option('--tenant <id>', 'only of this tenant')
    .option('--key <id>', 'only of this key')
    .option('--model <id>', 'only of this model')
    .option('--pool <name>', 'only of this pool')
    .addOption(new Option('--outcome <name>', 'only those that ended so').choices(OUTCOMES))
    .option('--from <moment>', 'started at or after', moment)
    .option('--to <moment>', 'started before', moment)
    .option('--limit <count>', 'how many at most', wholeNumber, 50);
  addAdminOptions(list)
    .description('List requests, newest first. A row is there seconds after the answer ended.')
    .addHelpText('after', EXAMPLES)
    .action((options: ListOptions) => listRequests(options, terminal));
  addAdminOptions(request.command('show').argument('<id>', 'its x-request-id'))
    .description('Show one request: each step, every pool with why not, every attempt.')
    .addHelpText('after', SHOW_EXAMPLES)
    .action((id: string, options: AdminOptions) => show(id, options, terminal));
}

const EXAMPLES = `
${examples(
  'ropeway request list --tenant acme --outcome failed',
  'ropeway request list --from 2026-11-23T08:00:00Z --limit 1000 --json',
)}`;

const SHOW_EXAMPLES = `
${examples(
  'ropeway request show my-question-17',
  'ropeway request show my-question-17 --json | jq .records',
)}`;

const requestAnswer = z.looseObject({
  requestId: z.string(),
  startedAt: z.string(),
  tenant: z.string(),
  key: z.string(),
  model: z.string(),
  pool: z.string(),
  rope: z.string(),
  promptTokens: z.number(),
  cachedTokens: z.number(),
  reasoningTokens: z.number(),
  completionTokens: z.number(),
  isExact: z.boolean(),
  outcome: z.string(),
  fault: z.string().nullable(),
  finishReason: z.string().nullable(),
  queueMs: z.number(),
  firstTokenMs: z.number().nullable(),
  durationMs: z.number(),
  attempts: z.array(z.looseObject({ worker: z.string(), outcome: z.string() })),
});
type RequestAnswer = z.infer<typeof requestAnswer>;

async function listRequests(options: ListOptions, terminal: Terminal): Promise<void> {
  const { tenant, key, model, pool, outcome, from, to, limit } = options;
  const client = adminClient(options, terminal);
  const query = { tenant, key, model, pool, outcome, from, to };
  const rows = await allPages(client, { path: '/admin/requests', query, item: requestAnswer, limit });
  print(terminal, options, rows, () =>
    rows.length === 0 ? 'no such requests' : textTable(terminal, COLUMNS, rows),
  );
}

const COLUMNS = [
  { title: 'STARTED', cell: ({ startedAt }: RequestAnswer) => momentText(startedAt) },
  { title: 'REQUEST', cell: ({ requestId }: RequestAnswer) => requestId, mayWrap: true },
  { title: 'TENANT', cell: ({ tenant }: RequestAnswer) => tenant, mayWrap: true },
  { title: 'POOL', cell: ({ pool }: RequestAnswer) => pool, mayWrap: true },
  { title: 'IN', cell: ({ promptTokens }: RequestAnswer) => countText(promptTokens), isNumber: true },
  {
    title: 'OUT',
    cell: ({ completionTokens }: RequestAnswer) => countText(completionTokens),
    isNumber: true,
  },
  { title: 'OUTCOME', cell: ({ outcome }: RequestAnswer) => outcome },
];

async function show(id: string, options: AdminOptions, terminal: Terminal): Promise<void> {
  const path = `/admin/requests/${encodeURIComponent(id)}`;
  const whole = understood(wholeAnswer, await adminClient(options, terminal).json({ method: 'GET', path }));
  print(terminal, options, whole, () => wholeText(whole, terminal));
}

const wholeAnswer = z.looseObject({
  row: requestAnswer.nullable(),
  records: z.array(requestStory),
  gateways: z.looseObject({
    asked: z.number(),
    silent: z.array(z.looseObject({ url: z.string(), why: z.string() })),
  }),
});

/** Gateways forget; the ledger does not, but has no steps. */
function wholeText({ row, records, gateways }: z.infer<typeof wholeAnswer>, terminal: Terminal): string {
  const silent = gateways.silent.map(({ url, why }) => `gateway ${url} did not answer: ${why}`);
  const told = records.map((story) => storyText(story, terminal));
  const ledger = row === null ? [] : [`In the ledger:\n${fieldTable(terminal, fieldsOf(row))}`];
  const who = gateways.silent.length === 0 ? 'No gateway' : 'No gateway that answered';
  const none = records.length === 0 ? [`${who} remembers it: they keep the last ones that ended.`] : [];
  return [...told, ...ledger, ...none, ...silent].join('\n\n');
}

function fieldsOf(row: RequestAnswer): readonly (readonly [string, string])[] {
  const { reasoningTokens, cachedTokens, firstTokenMs } = row;
  const counted = row.isExact ? '' : ' (metered by the gateway)';
  return [
    ['request', row.requestId],
    ['started', momentText(row.startedAt)],
    ['tenant', row.tenant],
    ['key', row.key],
    ['model', row.model],
    ['pool', `${row.pool} (${row.rope})`],
    ['prompt tokens', `${countText(row.promptTokens)}, ${countText(cachedTokens)} of them cached`],
    [
      'output tokens',
      `${countText(row.completionTokens)}, ${countText(reasoningTokens)} of them thinking${counted}`,
    ],
    ['outcome', [row.outcome, row.fault, row.finishReason].filter((word) => word !== null).join(', ')],
    ['queued', `${countText(row.queueMs)} ms`],
    ['first token', firstTokenMs === null ? '-' : `${countText(firstTokenMs)} ms`],
    ['took', `${countText(row.durationMs)} ms`],
    ['attempts', row.attempts.map(({ worker, outcome }) => `${worker}: ${outcome}`).join('\n') || '-'],
  ];
}
