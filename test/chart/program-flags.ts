// Which flags a command of kubectl or Helm takes, off its own `--help`.
import { spawnSync } from 'node:child_process';
import { kubeTools } from '../../scripts/kube-tools.mjs';

export interface CalledSo {
  /** As in `rollout restart`. */
  readonly path: readonly string[];
  /** By their long names; those without a value have none. */
  readonly flags: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
  /** What stands behind `--`. */
  readonly inPod: readonly string[];
}

type Program = 'kubectl' | 'helm';
/** Commands that have commands. */
const GROUPS: Readonly<Record<Program, readonly string[]>> = {
  kubectl: ['auth', 'create', 'rollout', 'top'],
  helm: ['get'],
};

/** Throws on a command or a flag there is not. */
export function readCall(program: Program, words: readonly string[]): CalledSo {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  const everywhere =
    program === 'kubectl' ? flagsIn(help('kubectl', ['options'])) : flagsIn(help('helm', []));
  const path = pathOf(program, own, everywhere);
  const known = new Map([...everywhere, ...flagsIn(help(program, [...path, '--help']))]);
  const { flags, rest } = split(own, known);
  return { path, flags, operands: rest.slice(path.length), inPod: end === -1 ? [] : words.slice(end + 1) };
}

interface Flag {
  readonly long: string;
  readonly takesValue: boolean;
}

function pathOf(
  program: Program,
  words: readonly string[],
  known: ReadonlyMap<string, Flag>,
): readonly string[] {
  const [first = '', second = ''] = split(words, known, true).rest;
  return GROUPS[program].includes(first) ? [first, second] : [first];
}

/** `isLax`: what is not known takes no value; enough to find the first words that are no flags. */
function split(words: readonly string[], known: ReadonlyMap<string, Flag>, isLax = false) {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, name = '', value] = /^(--?[a-zA-Z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    const flag = known.get(name);
    if (name === '') rest.push(word);
    else if (flag === undefined && !isLax) throw new Error(`there is no ${name}`);
    else flags.set(flag?.long ?? name, value ?? (flag?.takesValue ? (words[++at] ?? '') : ''));
  }
  return { flags, rest };
}

/** kubectl: `-l, --selector='':`, and `=false:` without a value. Helm: `-n, --namespace string   namespace scope`. */
const FLAG = /^ +(?:(-\w), )?(--[\w-]+)(?:=(.*):$|( \S+)?(?: {2,}|$))/gm;

function flagsIn(text: string): ReadonlyMap<string, Flag> {
  return new Map(
    [...text.matchAll(FLAG)].flatMap(([, short, long = '', preset, type]) => {
      const takesValue = preset === undefined ? type !== undefined : !/^(true|false)$/.test(preset);
      return [short, long].flatMap((name): [string, Flag][] =>
        name === undefined ? [] : [[name, { long, takesValue }]],
      );
    }),
  );
}

const asked = new Map<string, string>();

function help(program: Program, args: readonly string[]): string {
  const key = [program, ...args].join(' ');
  const known = asked.get(key);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = spawnSync(kubeTools()[program], args, { encoding: 'utf8' });
  if (status !== 0 || stderr !== '') throw new Error(`${key}: ${stderr}`);
  asked.set(key, stdout);
  return stdout;
}
