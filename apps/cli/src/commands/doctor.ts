// `ropeway doctor`: looks at everything a gateway needs, and says what to mend.
import type { Command } from 'commander';
import { addAdminOptions } from '../admin/admin-access.ts';
import { type DoctorOptions, examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { paint } from '../output/paint.ts';
import { print } from '../output/print.ts';
import { withProgress } from '../output/progress.ts';
import { withoutControls, wrapText } from '../output/wrap-text.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  const doctor = program
    .command('doctor')
    .description(
      'Check configuration, database, Redis, clocks, pepper, workers (window, tokenizer, version) and admin key, and say what to mend.',
    )
    .option('--config <file>', 'configuration of the gateway (default: the environment alone)')
    .option('--key-file <file>', 'a key to try the pepper with; or ROPEWAY_API_KEY')
    .option('--worker-log <file>', 'log of a vLLM that does not start');
  addAdminOptions(doctor)
    .addHelpText('after', EXAMPLES)
    .action((options: DoctorOptions) => run(options, terminal));
}

const EXAMPLES = `
Ends with 1 when a check failed; a warning alone does not.

Examples:
  $ ropeway doctor --config ropeway.yaml
  $ ropeway doctor --config ropeway.yaml --key-file acme.key --json
  $ kubectl logs vllm-0 > vllm.log; ropeway doctor --worker-log vllm.log`;

async function run(options: DoctorOptions, terminal: Terminal): Promise<void> {
  const findings = await withProgress(terminal, 'looking at database, Redis and workers', () =>
    examine(options, terminal),
  );
  const failed = findings.filter(({ state }) => state === 'fail').length;
  const warned = findings.filter(({ state }) => state === 'warn').length;
  print(terminal, options, { ok: failed === 0, findings }, () =>
    findings.map((finding) => findingText(finding, terminal)).join('\n'),
  );
  const summary = `${failed} failed, ${warned} to look at, ${findings.length - failed - warned} right`;
  if (failed > 0) throw new CommandFailed(summary);
  if (!options.json) terminal.out(`\n${summary}`);
}

const COLORS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const INDENT = 6;

function findingText({ check, state, what, fix }: Finding, terminal: Terminal): string {
  const width = terminal.columns - INDENT;
  const text = indented(wrapText(withoutControls(`${check}: ${what}`), width));
  const line = `${paint(terminal, COLORS[state], state.padEnd(INDENT))}${text}`;
  if (fix === null) return line;
  const mend = indented(wrapText(withoutControls(`-> ${fix}`), width));
  return `${line}\n${' '.repeat(INDENT)}${mend}`;
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${' '.repeat(INDENT)}`);
}
