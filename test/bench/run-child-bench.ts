// Another bench as a process of its own, so that neither's heap and compiled code disturb the other's figures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What it prints: tables, then one line of JSON; or JSON alone. It exits 1 when it missed a bar of its own, too. */
export async function runChildBench<Result>(file: string, args: readonly string[] = []): Promise<Result> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const result = parse<Result>(printed);
  if (result === null) throw new Error(`${file} ended with ${code} and printed no result`);
  return result;
}

function parse<Result>(printed: string): Result | null {
  for (const candidate of [printed, printed.trimEnd().split('\n').at(-1) ?? '']) {
    try {
      return JSON.parse(candidate) as Result;
    } catch {
      // The other form, then.
    }
  }
  return null;
}
