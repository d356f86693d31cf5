// `ropeway route explain`: asks a gateway where a request would go, and shows it as a table. Sends nothing to a worker.
import type { Command } from 'commander';
import * as z from 'zod';
import { type GatewayClient, type GatewayOptions, gatewayClient } from '../gateway/gateway-client.ts';
import { wholeNumber } from '../options/parse-values.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { fieldTable, textTable } from '../output/text-table.ts';
import { countText } from '../output/words.ts';
import { readTextFile } from '../read-text-file.ts';
import { CommandFailed, type Terminal, WrongUsage } from '../terminal.ts';

interface ExplainOptions extends GatewayOptions {
  readonly prompt?: string;
  readonly file?: string;
  readonly model?: string;
  readonly maxTokens?: number;
  readonly pool?: string;
  readonly json?: boolean;
}

export function addRouteCommands(program: Command, terminal: Terminal): void {
  const route = program.command('route').description('Routing of a gateway.');
  route
    .command('explain')
    .description('Where would this request go, and why? Reserves nothing, sends nothing to a worker.')
    .option('--prompt <text>', 'what a user asks; - reads standard input')
    .option('--file <file>', 'body of a chat or text completion as JSON; - reads standard input')
    .option('--model <id>', 'model, with --prompt; or ROPEWAY_MODEL (default: the only one there is)')
    .option('--max-tokens <count>', 'output budget, with --prompt', wholeNumber)
    .option('--pool <name>', 'as with the header x-ropeway-pool')
    .option('--url <url>', 'the gateway; or ROPEWAY_URL (default: http://127.0.0.1:8080)')
    .option('--key-file <file>', 'file of a key; or the key in ROPEWAY_API_KEY (default: .ropeway/key)')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action((options: ExplainOptions) => explain(options, terminal));
}

const EXAMPLES = `
${examples(
  'ropeway route explain --prompt "Which is larger, 9.9 or 9.11?"',
  'ropeway route explain --prompt - --max-tokens 32768 < long-prompt.txt',
  'ropeway route explain --file body.json --pool yarn-4 --json',
)}`;

const explanation = z.looseObject({
  model: z.string(),
  prompt_tokens: z.number(),
  output_budget: z.number().nullable(),
  output_budget_source: z.string().nullable(),
  demand: z.number().nullable(),
  pools: z.array(
    z.looseObject({
      name: z.string(),
      rope: z.union([z.string(), z.looseObject({ type: z.string(), factor: z.number().optional() })]),
      window: z.number(),
      fits: z.boolean(),
      headroom: z.number(),
      // A gateway before this one does not say.
      why_not: z.looseObject({ code: z.string(), message: z.string() }).nullish(),
    }),
  ),
  choice: z
    .looseObject({
      pool: z.string(),
      rope: z.string(),
      window: z.number(),
      reason: z.string(),
      explanation: z.string(),
    })
    .nullable(),
  fault: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
});
type Explanation = z.infer<typeof explanation>;
type Pool = Explanation['pools'][number];

async function explain(options: ExplainOptions, terminal: Terminal): Promise<void> {
  const client = gatewayClient(options, terminal);
  const body = await bodyOf(options, client, terminal);
  const answer = await client.ask('/v1/route', { body, pool: options.pool });
  const parsed = explanation.safeParse(answer);
  if (!parsed.success)
    throw new CommandFailed(
      `${client.url} does not answer as a Ropeway gateway does: check --url or ROPEWAY_URL`,
    );
  print(terminal, options, answer, () => words(parsed.data, terminal));
}

async function bodyOf(options: ExplainOptions, client: GatewayClient, terminal: Terminal): Promise<string> {
  const { prompt, file, maxTokens } = options;
  if ((prompt === undefined) === (file === undefined))
    throw new WrongUsage('name either --prompt or --file (ropeway route explain --help has examples)');
  if (file !== undefined) return file === '-' ? terminal.input() : readTextFile(file);
  const content = prompt === '-' ? await terminal.input() : prompt;
  const model = options.model ?? (terminal.env.ROPEWAY_MODEL || (await onlyModel(client)));
  const budget = maxTokens === undefined ? {} : { max_tokens: maxTokens };
  return JSON.stringify({ model, messages: [{ role: 'user', content }], ...budget });
}

const modelList = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

async function onlyModel(client: GatewayClient): Promise<string> {
  const parsed = modelList.safeParse(await client.ask('/v1/models'));
  const ids = parsed.success ? parsed.data.data.map(({ id }) => id) : [];
  const [first, ...others] = ids;
  if (first !== undefined && others.length === 0) return first;
  throw new WrongUsage(`name a model with --model: ${ids.join(', ') || 'the gateway lists none'}`);
}

function words(route: Explanation, terminal: Terminal): string {
  const { choice, fault } = route;
  const budget =
    route.output_budget === null ? '-' : `${countText(route.output_budget)} (${route.output_budget_source})`;
  const facts = fieldTable(terminal, [
    ['model', route.model],
    ['prompt tokens', countText(route.prompt_tokens)],
    ['output budget', budget],
    ['demand', route.demand === null ? '-' : countText(route.demand)],
    [
      'pool',
      choice === null ? 'none' : `${choice.pool} (${choice.rope}, window ${countText(choice.window)})`,
    ],
    ...(choice === null ? [] : [['why', choice.explanation] as const]),
    ...(fault === null
      ? []
      : [[choice === null ? 'refused' : 'now', `${fault.code}: ${fault.message}`] as const]),
  ]);
  return `${facts}\n\n${poolTable(route, terminal)}`;
}

function poolTable({ pools, choice }: Explanation, terminal: Terminal): string {
  const columns = [
    { title: 'POOL', cell: ({ name }: Pool) => name },
    { title: 'ROPE', cell: ({ rope }: Pool) => ropeText(rope) },
    { title: 'WINDOW', cell: ({ window }: Pool) => countText(window), isNumber: true },
    { title: 'ROOM LEFT', cell: ({ headroom }: Pool) => countText(headroom), isNumber: true },
    { title: 'WHY', cell: (pool: Pool) => poolReason(pool, choice), mayWrap: true },
  ];
  return textTable(terminal, columns, pools);
}

function poolReason({ name, why_not }: Pool, choice: Explanation['choice']): string {
  return name === choice?.pool ? 'chosen' : (why_not?.message ?? '-');
}

function ropeText(rope: Pool['rope']): string {
  if (typeof rope === 'string') return rope;
  return rope.type === 'default' || rope.factor === undefined ? rope.type : `${rope.type}-${rope.factor}`;
}
