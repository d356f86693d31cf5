// A single key, checked as it would be in a configuration file: for those who are about to write one.
import type { ConfigProblem } from './config-problem.ts';
import { explainIssue } from './explain-issue.ts';
import { keySettings } from './key-settings.ts';

/** Empty when the key could be pasted under `keys:` as it is. */
export function keyProblems(key: unknown): readonly ConfigProblem[] {
  const issues = keySettings.safeParse(key, { reportInput: true }).error?.issues ?? [];
  return issues
    .flatMap((issue) => explainIssue({ ...issue, path: ['keys', 0, ...issue.path] }))
    .map((problem) => ({ ...problem, path: problem.path.replace('keys[0].', '') }));
}
