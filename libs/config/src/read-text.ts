// Reading a whole text file: how it is done, and how its failure is named.
import { readFileSync } from 'node:fs';

/** Returns the text or throws. */
export type ReadText = (path: string) => string;

export const readText: ReadText = (path) => readFileSync(path, 'utf8');

/** `ENOENT`, `EACCES` and the like. */
export function failureCode(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode ? String(error.code) : 'unreadable';
}
