// Progress for a person at a terminal: one line that is rewritten; plain lines where there is no terminal, or one that cannot do
// that. It goes to standard error, so that what was asked for (a table, JSON) can be piped.
const live = process.stderr.isTTY === true && process.env.TERM !== 'dumb';

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function progress(line: string): void {
  if (live) process.stderr.write(`\r\x1b[2K${line}`);
}

export function progressDone(line: string): void {
  process.stderr.write(live ? `\r\x1b[2K${line}\n` : `${line}\n`);
}
