// What is wrong with a configuration: all of it at once, a line each, so that one look and one edit are enough.

export interface ConfigProblem {
  /** Where: `pools[1].rope.factor`, or the name of an environment variable; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong there. Never holds a secret. */
  readonly wrong: string;
  /** What to do about it. */
  readonly fix: string;
}

/** One line for people. */
export function problemLine(problem: ConfigProblem): string {
  const where = problem.path === '' ? '' : `${problem.path}: `;
  return `${where}${problem.wrong}; ${problem.fix}`;
}

/** Stops the boot. Its message lists every problem. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(source: string, problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(`${source} has ${count}:\n${problems.map((problem) => `  ${problemLine(problem)}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `pools[1].rope.factor` from ['pools', 1, 'rope', 'factor']. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
