// `ropeway usage`: what was used, from the ledger.
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { allPages } from '../admin/all-pages.ts';
import { day, nameList } from '../options/parse-values.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { type Column, textTable } from '../output/text-table.ts';
import { countText, moneyText } from '../output/words.ts';
import type { Terminal } from '../terminal.ts';

const DIMENSIONS = ['day', 'tenant', 'key', 'model', 'pool'] as const;
type Dimension = (typeof DIMENSIONS)[number];

interface UsageOptions extends AdminOptions {
  readonly from?: string;
  readonly to?: string;
  readonly by: readonly Dimension[];
  readonly tenant?: string;
  readonly key?: string;
  readonly model?: string;
  readonly pool?: string;
  readonly csv?: boolean;
}

export function addUsageCommand(program: Command, terminal: Terminal): void {
  const usage = program
    .command('usage')
    .description('What was used, summed from the ledger.')
    .option('--from <day>', 'first day, UTC (default: the first of the month of the last day)', day)
    .option('--to <day>', 'last day, included (default: today)', day)
    .addOption(
      new Option('--by <list>', `a row for each ${DIMENSIONS.join(', ')}`)
        .argParser(dimensions)
        .default(['tenant', 'model', 'pool'], 'tenant,model,pool'),
    )
    .option('--tenant <id>', 'only of this tenant')
    .option('--key <id>', 'only of this key')
    .option('--model <id>', 'only of this model')
    .option('--pool <name>', 'only of this pool')
    .addOption(new Option('--csv', 'print CSV, row by row as it comes').conflicts('json'));
  addAdminOptions(usage)
    .addHelpText('after', EXAMPLES)
    .action((options: UsageOptions) => (options.csv ? csv(options, terminal) : report(options, terminal)));
}

const EXAMPLES = `
${examples(
  'ropeway usage',
  'ropeway usage --from 2026-11-01 --by day,pool --tenant acme',
  'ropeway usage --by tenant,key,model,pool --csv > november.csv',
)}`;

const row = z.looseObject({
  day: z.string().optional(),
  tenant: z.string().optional(),
  key: z.string().optional(),
  model: z.string().optional(),
  pool: z.string().optional(),
  requests: z.number(),
  promptTokens: z.number(),
  cachedTokens: z.number(),
  reasoningTokens: z.number(),
  completionTokens: z.number(),
  weightedTokens: z.number(),
  costMicro: z.number(),
});
type Row = z.infer<typeof row>;

async function report(options: UsageOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const query = queryOf(options);
  const rows = await allPages(client, { path: '/admin/usage', query, item: row });
  print(terminal, options, { from: query.from, to: query.to, items: rows }, () => {
    const period = `from ${query.from} to ${query.to} (UTC)`;
    if (rows.length === 0) return `nothing was used ${period}`;
    return `${period}\n\n${textTable(terminal, columnsFor(options.by, rows), [...rows, total(options.by, rows)])}`;
  });
}

async function csv(options: UsageOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const query = { ...queryOf(options), format: 'csv' };
  const pieces = client.text({ method: 'GET', path: '/admin/usage', query, accept: 'text/csv' });
  let rest = '';
  for await (const text of pieces) {
    const end = (rest + text).lastIndexOf('\n');
    const lines = (rest + text).slice(0, Math.max(0, end));
    rest = (rest + text).slice(end + 1);
    if (lines !== '') terminal.out(lines);
  }
  if (rest !== '') terminal.out(rest);
}

function queryOf({ from, to, by, tenant, key, model, pool }: UsageOptions) {
  const last = to ?? new Date().toISOString().slice(0, 10);
  return {
    from: from ?? `${last.slice(0, 7)}-01`,
    to: last,
    by: by.join(','),
    tenant,
    key,
    model,
    pool,
  };
}

/** What does not fit into 80 columns beside many dimensions is left to `--csv` and `--json`. */
const MOST_WITH_CACHED = 3;

function columnsFor(by: readonly Dimension[], rows: readonly Row[]): readonly Column<Row>[] {
  const hasPrices = rows.some(({ costMicro }) => costMicro > 0);
  return [
    ...by.map((name) => ({
      title: name.toUpperCase(),
      cell: (one: Row) => one[name] ?? '',
      mayWrap: name !== 'day' && name !== 'key',
    })),
    number('REQUESTS', ({ requests }) => requests),
    number('PROMPT', ({ promptTokens }) => promptTokens),
    ...(by.length > MOST_WITH_CACHED ? [] : [number('CACHED', ({ cachedTokens }) => cachedTokens)]),
    number('OUTPUT', ({ completionTokens }) => completionTokens),
    ...(hasPrices ? [COST] : []),
  ];
}

const COST: Column<Row> = { title: 'COST', cell: ({ costMicro }) => moneyText(costMicro), isNumber: true };

function number(title: string, value: (one: Row) => number): Column<Row> {
  return { title, cell: (one) => countText(value(one)), isNumber: true };
}

function total([first]: readonly Dimension[], rows: readonly Row[]): Row {
  const sum = (value: (one: Row) => number) => rows.reduce((whole, one) => whole + value(one), 0);
  return {
    ...(first === undefined ? {} : { [first]: 'total' }),
    requests: sum(({ requests }) => requests),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    cachedTokens: sum(({ cachedTokens }) => cachedTokens),
    reasoningTokens: sum(({ reasoningTokens }) => reasoningTokens),
    completionTokens: sum(({ completionTokens }) => completionTokens),
    weightedTokens: sum(({ weightedTokens }) => weightedTokens),
    costMicro: sum(({ costMicro }) => costMicro),
  };
}

function dimensions(text: string): readonly Dimension[] {
  return nameList(text).map((name) => {
    const dimension = DIMENSIONS.find((known) => known === name);
    if (dimension === undefined) throw new InvalidArgumentError(`Rows go by ${DIMENSIONS.join(', ')}.`);
    return dimension;
  });
}
