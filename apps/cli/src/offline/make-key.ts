// The work of `ropeway key new`.
import { randomBytes } from 'node:crypto';
import { ConfigError, type Environment, environmentPepper, keyProblems, problemLine } from '#config';
import { keyDigest, newKeyToken, tokenText } from '#tenancy';
import { print } from '../output/print.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';

export interface KeyNewOptions {
  readonly test?: boolean;
  readonly tenant: string;
  readonly requestsPerMinute?: number;
  readonly pepperVersion: number;
  readonly newPepper?: boolean;
  readonly json?: boolean;
}

export function makeKey(options: KeyNewOptions, terminal: Terminal): void {
  const made = madeKey(options, terminal);
  print(terminal, options, made, () => keyText(made));
}

interface MadeKey {
  readonly key: string;
  /** Only when it was made here. */
  readonly pepper?: string;
  /** What goes into the configuration. */
  readonly declaration: KeyLines;
}

type KeyLines = Readonly<Record<string, string | number>>;

function madeKey(options: KeyNewOptions, { env }: Terminal): MadeKey {
  const pepper = options.newPepper ? newPepper() : presentPepper(env);
  const token = newKeyToken(options.test ? 'test' : 'live');
  const declaration = {
    id: token.id,
    digest: keyDigest(pepper, token.secret).toString('hex'),
    pepperVersion: options.pepperVersion,
    tenant: options.tenant,
    ...(options.requestsPerMinute === undefined ? {} : { requestsPerMinute: options.requestsPerMinute }),
  };
  const problems = keyProblems(declaration);
  if (problems.length > 0) throw new CommandFailed(problems.map(problemLine).join('\n'));
  return { key: tokenText(token), ...(options.newPepper ? { pepper } : {}), declaration };
}

/** 256 bits in hex: no shell, YAML or Secret needs it quoted. */
function newPepper(): string {
  return randomBytes(32).toString('hex');
}

function presentPepper(env: Environment): string {
  try {
    const pepper = environmentPepper({ env });
    if (pepper !== null) return pepper;
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailed(error.message);
    throw error;
  }
  throw new CommandFailed(
    'No pepper: set ROPEWAY_PEPPER or ROPEWAY_PEPPER_FILE to the one the gateway has, or add --new-pepper for the first key.',
  );
}

function keyText({ key, pepper, declaration }: MadeKey): string {
  const lines = Object.entries(declaration).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const pepperLines =
    pepper === undefined
      ? []
      : [
          'The pepper. The gateway needs it in ROPEWAY_PEPPER, and so does every later `key new`:',
          `  ${pepper}`,
          '',
        ];
  return [
    'The key. It is shown only now:',
    `  ${key}`,
    '',
    ...pepperLines,
    'Below `keys:` in the configuration file:',
    ...lines.map((line, at) => `  ${at === 0 ? '- ' : '  '}${line}`),
  ].join('\n');
}
