// The work of `ropeway doctor`: all findings, and how it ended.
import { paint } from '../output/paint.ts';
import { print } from '../output/print.ts';
import { withProgress } from '../output/progress.ts';
import { withoutControls, wrapText } from '../output/wrap-text.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';
import { type DoctorOptions, examine } from './examine.ts';
import type { Finding } from './finding.ts';

export async function runDoctor(options: DoctorOptions, terminal: Terminal): Promise<void> {
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
