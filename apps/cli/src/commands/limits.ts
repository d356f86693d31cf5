// `ropeway limits TENANT`: how its limits and budgets stand now, taking nothing.
import type { Command } from 'commander';
import * as z from 'zod';
import { type AdminOptions, addAdminOptions, adminClient } from '../admin/admin-access.ts';
import { understood } from '../admin/answers.ts';
import { print } from '../output/print.ts';
import { textTable } from '../output/text-table.ts';
import { countText, durationText } from '../output/words.ts';
import type { Terminal } from '../terminal.ts';

export function addLimitsCommand(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('limits').argument('<tenant>', 'the tenant'))
    .description('How the limits and budgets of a tenant stand now.')
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, options: AdminOptions) => report(tenant, options, terminal));
}

const EXAMPLES = `
Example:
  $ ropeway limits acme`;

const standing = z.looseObject({
  kind: z.string(),
  scope: z.string(),
  limit: z.number(),
  remaining: z.number(),
  resetMs: z.number(),
});
type Standing = z.infer<typeof standing>;

/** Whatever surrounds the standings is printed as JSON only. */
const answerOf = z.union([
  z.array(standing).transform((items) => items),
  z.looseObject({ items: z.array(standing) }).transform(({ items }) => items),
  z.looseObject({ standings: z.array(standing) }).transform(({ standings }) => standings),
]);

async function report(tenant: string, options: AdminOptions, terminal: Terminal): Promise<void> {
  const path = `/admin/tenants/${encodeURIComponent(tenant)}/limits`;
  const answer = await adminClient(options, terminal).json({ method: 'GET', path });
  const standings = understood(answerOf, answer);
  print(terminal, options, answer, () => {
    if (standings.length === 0) return `${tenant} has no limits`;
    return textTable(terminal, COLUMNS, standings);
  });
}

const COLUMNS = [
  { title: 'LIMIT', cell: ({ kind }: Standing) => kind.replaceAll('_', ' ') },
  { title: 'OF', cell: ({ scope }: Standing) => scope },
  { title: 'GRANTED', cell: ({ limit }: Standing) => countText(limit), isNumber: true },
  { title: 'LEFT NOW', cell: ({ remaining }: Standing) => countText(remaining), isNumber: true },
  { title: 'WHOLE AGAIN IN', cell: ({ resetMs }: Standing) => (resetMs === 0 ? '-' : durationText(resetMs)) },
];
