// `ropeway apply -f tenants.yaml`: makes plans, tenants and keys what a file says. First what would change, then the change,
// in one transaction; a second time there is nothing to do. What the file does not name stays: nothing is ever deleted.
import type { Command } from 'commander';
import * as z from 'zod';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { understood } from '../admin/answers.ts';
import { confirm } from '../output/confirm.ts';
import { examples } from '../output/examples.ts';
import { changeLines } from '../output/field-changes.ts';
import { paint } from '../output/paint.ts';
import { withoutControls } from '../output/wrap-text.ts';
import { readDeclared } from '../read-declared.ts';
import type { Terminal } from '../terminal.ts';

interface ApplyOptions extends AdminOptions {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addApplyCommand(program: Command, terminal: Terminal): void {
  const apply = program
    .command('apply')
    .description('Make plans, tenants and keys what a file says; shows what changes first.')
    .requiredOption('-f, --file <file>', 'tenants.yaml; - reads standard input')
    .option('--dry-run', 'only show what would change')
    .option('--yes', 'do not ask');
  addAdminOptions(apply)
    .addHelpText('after', EXAMPLES)
    .action((options: ApplyOptions) => run(options, terminal));
}

const EXAMPLES = `
On a terminal it asks before it changes anything. Plans, tenants and keys the
file does not name stay as they are, and so do fields it does not name. But the
limits or scopes it gives a tenant or key are all of its own: what is not among
them is inherited.

${examples('ropeway apply -f tenants.yaml --dry-run', 'ropeway apply -f tenants.yaml --yes --json')}`;

const answerOf = z.looseObject({
  changes: z.array(
    z.looseObject({
      op: z.enum(['create', 'update', 'none']),
      kind: z.string(),
      id: z.string(),
      fields: z.array(
        z.object({
          path: z.string(),
          before: z.unknown().exactOptional(),
          after: z.unknown().exactOptional(),
        }),
      ),
    }),
  ),
  /** Secret: texts of the keys that were made. */
  keys: z.array(
    z.looseObject({ id: z.string(), name: z.string(), tenant: z.string(), key: z.string().nullable() }),
  ),
});
type Applied = z.infer<typeof answerOf>;

async function run(options: ApplyOptions, terminal: Terminal): Promise<void> {
  const declared = await readDeclared(options.file, terminal);
  const client = adminClient(options, terminal);
  const ask = async (dryRun: boolean): Promise<Applied> => {
    const body = { ...declared, dryRun };
    return understood(answerOf, await client.json({ method: 'POST', path: '/admin/apply', body }));
  };
  const planned = await ask(true);
  const isNothing = planned.changes.every(({ op }) => op === 'none');
  // JSON is one document: what was done, or with --dry-run what would be.
  if (!options.json) terminal.out(diffText(planned, terminal));
  if (options.dryRun || isNothing) {
    if (options.json) terminal.out(JSON.stringify(planned, null, 2));
    return;
  }
  await confirm(terminal, options, 'Apply this?');
  const applied = await ask(false);
  if (options.json) return terminal.out(JSON.stringify(applied, null, 2));
  if (diffText(applied, terminal) !== diffText(planned, terminal))
    terminal.out(`\nsomebody changed things meanwhile; this was done:\n${diffText(applied, terminal)}`);
  terminal.out(`\napplied${keysText(applied)}`);
}

const MARKS = { create: ['+', 'green'], update: ['~', 'yellow'], none: [' ', 'dim'] } as const;

function diffText({ changes }: Applied, terminal: Terminal): string {
  const counts = { create: 0, update: 0, none: 0 };
  for (const { op } of changes) counts[op] += 1;
  const lines = changes
    .filter(({ op }) => op !== 'none')
    .flatMap(({ op, kind, id, fields }) => {
      const [mark, color] = MARKS[op];
      return [
        paint(terminal, color, withoutControls(`${mark} ${kind} ${id}`)),
        ...changeLines(terminal, fields, { isMade: op === 'create' }),
      ];
    });
  const summary = `${counts.create} to create, ${counts.update} to change, ${counts.none} as they should be`;
  return lines.length === 0 ? `nothing to change: ${summary}` : [...lines, '', summary].join('\n');
}

/** The answer got lost, and the change was not made twice. */
const LOST = 'made, but its text got lost on the way: rotate it';

function keysText({ keys }: Applied): string {
  if (keys.length === 0) return '';
  const lines = keys.map(({ tenant, name, key }) =>
    withoutControls(`  ${tenant} ${name}\n    ${key ?? LOST}`),
  );
  return `\n\nThe new keys. They are shown only now:\n${lines.join('\n')}`;
}
