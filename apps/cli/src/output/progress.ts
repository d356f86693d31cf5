// Nothing a person waits for stays silent for longer than two seconds.
import type { Terminal } from '../terminal.ts';

const SILENT_MS = 2_000;
const STEP_MS = 1_000;

/** Runs the work; from the third second on it says what is waited for, and for how long. */
export async function withProgress<T>(
  terminal: Pick<Terminal, 'progress'>,
  title: string | (() => string),
  work: () => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  let isShown = false;
  const show = () => {
    isShown = true;
    const text = typeof title === 'string' ? title : title();
    terminal.progress(`${text} … ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  };
  let steps: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    show();
    steps = setInterval(show, STEP_MS);
  }, SILENT_MS);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(steps);
    if (isShown) terminal.progress(null);
  }
}
