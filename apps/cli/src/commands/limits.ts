// `ropeway limits TENANT`: how its limits and budgets stand now, taking nothing.
import type { Command } from 'commander';
import * as z from 'zod';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { understood } from '../admin/answers.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { textTable } from '../output/text-table.ts';
import { countText, durationText, limitName, moneyText } from '../output/words.ts';
import type { Terminal } from '../terminal.ts';

interface LimitsOptions extends AdminOptions {
  readonly key?: string;
}

export function addLimitsCommand(program: Command, terminal: Terminal): void {
  const limits = program
    .command('limits')
    .argument('<tenant>', 'the tenant')
    .option('--key <id>', "with the limits of this key's own");
  addAdminOptions(limits)
    .description('How the limits and budgets of a tenant stand now.')
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, options: LimitsOptions) => report(tenant, options, terminal));
}

const EXAMPLES = `
${examples('ropeway limits acme', 'ropeway limits acme --key Xq3LfT0bZ7Rw')}`;

const standing = z.looseObject({
  kind: z.string(),
  scope: z.string(),
  unit: z.string().nullish(),
  limit: z.number(),
  remaining: z.number(),
  resetMs: z.number(),
});
type Standing = z.infer<typeof standing>;

const answerOf = z.looseObject({ items: z.array(standing) });

async function report(tenant: string, { key, ...options }: LimitsOptions, terminal: Terminal): Promise<void> {
  const path = `/admin/tenants/${encodeURIComponent(tenant)}/limits`;
  const answer = await adminClient(options, terminal).json({ method: 'GET', path, query: { key } });
  const { items: standings } = understood(answerOf, answer);
  print(terminal, options, answer, () => {
    if (standings.length === 0) return `${tenant} has no limits`;
    return textTable(terminal, COLUMNS, standings);
  });
}

const COLUMNS = [
  { title: 'LIMIT', cell: ({ kind, unit }: Standing) => limitName(kind, unit) },
  { title: 'OF', cell: ({ scope }: Standing) => scope },
  { title: 'GRANTED', cell: (one: Standing) => amountText(one, one.limit), isNumber: true },
  { title: 'LEFT NOW', cell: (one: Standing) => amountText(one, one.remaining), isNumber: true },
  { title: 'WHOLE AGAIN IN', cell: ({ resetMs }: Standing) => (resetMs === 0 ? '-' : durationText(resetMs)) },
];

function amountText({ unit }: Standing, amount: number): string {
  return unit === 'money' ? moneyText(amount) : countText(amount);
}
