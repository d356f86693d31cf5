// Progress for a person at a terminal: one line that is rewritten; plain lines where there is no terminal.
const live = process.stdout.isTTY === true;

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function progress(line: string): void {
  if (live) process.stdout.write(`\r\x1b[2K${line}`);
}

export function progressDone(line: string): void {
  process.stdout.write(live ? `\r\x1b[2K${line}\n` : `${line}\n`);
}
