// `ropeway audit`: who changed what, newest first, with what each change did.
import type { Command } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { allPages } from '../admin/all-pages.ts';
import { type AuditAnswer, auditAnswer } from '../admin/answers.ts';
import { wholeNumber } from '../options/parse-values.ts';
import { examples } from '../output/examples.ts';
import { changeLines, fieldChanges } from '../output/field-changes.ts';
import { paint } from '../output/paint.ts';
import { print } from '../output/print.ts';
import { momentText } from '../output/words.ts';
import { withoutControls } from '../output/wrap-text.ts';
import type { Terminal } from '../terminal.ts';

interface AuditOptions extends AdminOptions {
  readonly tenant?: string;
  readonly target?: string;
  readonly action?: string;
  readonly limit: number;
}

export function addAuditCommand(program: Command, terminal: Terminal): void {
  const audit = program
    .command('audit')
    .description('Who changed what, newest first.')
    .option('--tenant <id>', 'only changes of this tenant')
    .option('--target <id>', 'only changes of this tenant, plan or key')
    .option('--action <name>', 'only this action, as in key.revoke')
    .option('--limit <count>', 'how many at most', wholeNumber, 50);
  addAdminOptions(audit)
    .addHelpText('after', EXAMPLES)
    .action((options: AuditOptions) => report(options, terminal));
}

const EXAMPLES = `
${examples('ropeway audit --tenant acme', 'ropeway audit --action key.revoke --limit 500 --json')}`;

async function report(options: AuditOptions, terminal: Terminal): Promise<void> {
  const { tenant, target, action, limit } = options;
  const client = adminClient(options, terminal);
  const query = { tenant, target, action };
  const entries = await allPages(client, { path: '/admin/audit', query, item: auditAnswer, limit });
  print(terminal, options, entries, () => {
    if (entries.length === 0) return 'no such changes';
    return entries.map((entry) => entryText(terminal, entry)).join('\n');
  });
}

function entryText(terminal: Terminal, entry: AuditAnswer): string {
  const { at, actor, action, target, tenant, before, after } = entry;
  const whose = tenant === null || tenant === target ? '' : ` of ${tenant}`;
  const line = withoutControls(`${action} ${target}${whose} by ${actor}`);
  const changes = changeLines(terminal, fieldChanges(before, after), {
    isMade: before === null,
    isGone: after === null,
  });
  return [`${momentText(at)}  ${paint(terminal, 'bold', line)}`, ...changes].join('\n');
}
