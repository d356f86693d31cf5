// The tree of commands. A new command is a file in commands/ and a line here; help, completion and the test of docs/cli.md
// are read off the tree. What needs more of Ropeway than its admin API is imported when it runs: most commands do not.
import { Command } from 'commander';
import { addApplyCommand } from './commands/apply.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addBootstrapCommand } from './commands/bootstrap.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommands } from './commands/config.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addKeyCommands } from './commands/key.ts';
import { addLimitsCommand } from './commands/limits.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addPlanCommands } from './commands/plan.ts';
import { addRequestCommands } from './commands/request.ts';
import { addRouteCommands } from './commands/route.ts';
import { addTenantCommands } from './commands/tenant.ts';
import { addUsageCommand } from './commands/usage.ts';
import { notEmpty } from './options/parse-values.ts';
import { examples } from './output/examples.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Adds the commands of one noun. */
type AddCommands = (program: Command, terminal: Terminal) => void;

const NOUNS: readonly AddCommands[] = [
  addTenantCommands,
  addPlanCommands,
  addKeyCommands,
  addApplyCommand,
  addLimitsCommand,
  addUsageCommand,
  addRequestCommands,
  addAuditCommand,
  addRouteCommands,
  addConfigCommands,
  addMigrateCommand,
  addBootstrapCommand,
  addDoctorCommand,
  addCompletionCommand,
];

const EXAMPLES = `
${examples(
  'ropeway tenant create acme --plan standard',
  ['ropeway key create --tenant acme --json', 'the key, once'],
  ['ropeway route explain --prompt "Hello"', 'which pool, and why'],
  ['ropeway doctor --config ropeway.yaml', 'what is wrong, and what mends it'],
)}

Exit codes: 0 done, 1 refused or failed, 2 called wrongly.
Environment: ROPEWAY_ADMIN_URL and ROPEWAY_ADMIN_KEY (admin API), ROPEWAY_URL
and ROPEWAY_API_KEY (gateway), ROPEWAY_DATABASE_URL (migrate, bootstrap,
doctor), ROPEWAY_PEPPER or ROPEWAY_PEPPER_FILE (key new, doctor), NO_COLOR.`;

/** Text beside an option goes on below itself down to so few columns: a narrow terminal would break it anywhere. */
const NARROWEST_HELP = 20;

export function ropeway(terminal: Terminal): Command {
  const program = new Command('ropeway')
    .description('Works with a Ropeway gateway: tenants, plans, keys, usage, configuration, health.')
    .version(version)
    .addHelpText('after', EXAMPLES)
    .configureHelp({ helpWidth: terminal.columns, minWidthToWrap: NARROWEST_HELP })
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .exitOverride();
  for (const addCommands of NOUNS) addCommands(program, terminal);
  refuseEmptyArguments(program);
  return program;
}

/** Of every command, so that none can forget it. Those with choices are checked against them. */
function refuseEmptyArguments(command: Command): void {
  for (const argument of command.registeredArguments)
    if (argument.argChoices === undefined) argument.argParser(notEmpty);
  for (const sub of command.commands) refuseEmptyArguments(sub);
}
