/** A line of a program's log; null for what is none, as a stack trace of Node's own. */
export function logRecord(line: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
