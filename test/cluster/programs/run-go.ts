// Go as the programs are built with it: what it says goes to an error, and somebody who waits sees that it works.
import { spawn, spawnSync } from 'node:child_process';

/** A line so often, where nobody's terminal can rewrite one. */
const SAY_EVERY_MS = 15_000;

/** `go version go1.26.8 linux/amd64`; null where there is no Go. */
export function goVersion(): string | null {
  const { status, stdout } = spawnSync('go', ['version'], { encoding: 'utf8', env: environment() });
  return status === 0 ? stdout.trim() : null;
}

/** What it wrote to standard output. `title`: said again and again while it runs; null for what takes no time. */
export async function runGo(folder: string, args: readonly string[], title: string | null): Promise<string> {
  const child = spawn('go', args, { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const progress = sayProgress(title);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(progress.stop);
  if (code !== 0) throw new Error(`go ${args.join(' ')} in ${folder} ended with ${code}:\n${stderr}`);
  progress.done();
  return stdout;
}

/** Two compilers at once: one link of kube-apiserver takes more than a gigabyte. */
function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GOFLAGS: '-p=2 -buildvcs=false -trimpath -mod=readonly',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
  };
}

function sayProgress(title: string | null) {
  if (title === null) return { stop: () => undefined, done: () => undefined };
  const startedMs = performance.now();
  const say = (end: string) =>
    process.stderr.write(`  ${title}: ${Math.round((performance.now() - startedMs) / 1000)} s${end}\n`);
  const timer = setInterval(() => say(''), SAY_EVERY_MS);
  return { stop: () => clearInterval(timer), done: () => say(', done') };
}
