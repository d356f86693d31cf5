// What a container's command is on this machine: a program of the image is the same program of this checkout's build, vLLM
// is vllm-sim told the same, Redis and PostgreSQL are Debian's, and what else a chart may bring is not played.
import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { needProgram } from '../../../scripts/find-program.mjs';
import { GATEWAY_FLAGS } from '../../../scripts/gateway-flags.mjs';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const APP = /(?:^|\/)apps\/(gateway|control|scaler|vllm-sim|cli)\/src\/main\.js$/;

export interface LocalCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** The pod's, as far as a command depends on it. */
interface CommandPlace {
  readonly address: string;
  readonly folder: string;
  readonly kubeconfig: string;
}

/** Null for what is not played: it counts as running, or as done where it is to end. `words`: command and arguments. */
export function localCommand(
  { image = '' }: V1Container,
  words: readonly string[],
  place: CommandPlace,
): LocalCommand | null {
  const at = words.findIndex((word) => APP.test(word));
  const app = APP.exec(words[at] ?? '')?.[1];
  if (app !== undefined) return appCommand(app, words.slice(at + 1));
  const [name = '', ...rest] = words;
  if (isProgram(name, 'ropeway')) return cliCommand(rest, place);
  if (isProgram(name, 'vllm') && rest[0] === 'serve') return appCommand('vllm-sim', simArguments(rest));
  if (isProgram(name, 'valkey-server') || isProgram(name, 'redis-server')) return redisCommand(rest, place);
  if (/^(?:.*\/)?postgres[:@]/.test(image)) return postgresCommand(place);
  if (isProgram(name, 'tls-front')) return tlsCommand(rest, place);
  return null;
}

function isProgram(word: string, name: string): boolean {
  return word === name || word.endsWith(`/${name}`);
}

function appCommand(app: string, args: readonly string[]): LocalCommand {
  const main = join(ROOT, 'dist', 'apps', app, 'src', 'main.js');
  const flags = app === 'gateway' ? GATEWAY_FLAGS : [];
  return { file: process.execPath, args: [...flags, main, ...args] };
}

/** Nothing is mounted where a pod's token is, so it is told where else to look. */
function cliCommand(args: readonly string[], { kubeconfig }: CommandPlace): LocalCommand {
  const access = args[0] === 'bootstrap' ? ['--kubeconfig', kubeconfig] : [];
  return appCommand('cli', [...args, ...access]);
}

function redisCommand(args: readonly string[], { address, folder }: CommandPlace): LocalCommand {
  return { file: needProgram('redis-server'), args: [...args, '--bind', address, '--dir', folder] };
}

function postgresCommand({ address }: CommandPlace): LocalCommand {
  return { file: process.execPath, args: [join(import.meta.dirname, 'played-postgres.ts'), address] };
}

function tlsCommand(args: readonly string[], { address }: CommandPlace): LocalCommand {
  return { file: process.execPath, args: [join(import.meta.dirname, 'tls-front.ts'), address, ...args] };
}

/** `vllm serve MODEL --max-model-len N --hf-overrides '{"rope_parameters":{…}}' …` as vllm-sim's own flags. */
function simArguments(words: readonly string[]): string[] {
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const [name = '', value] = word.split(/=(.*)/s);
    if (name.startsWith('--')) flags.set(name, value ?? words[index + 1] ?? '');
  }
  const told = (flag: string, simFlag: string, map = (value: string) => value) => {
    const value = flags.get(flag);
    return value === undefined ? [] : [simFlag, map(value)];
  };
  return [
    ...['--host', flags.get('--host') ?? '0.0.0.0', '--port', flags.get('--port') ?? '8000'],
    ...told('--max-model-len', '--window'),
    ...told('--served-model-name', '--served-name'),
    ...told('--shutdown-timeout', '--shutdown-timeout-ms', (seconds) => `${Number(seconds) * 1_000}`),
    ...told('--hf-overrides', '--rope', ropeOf),
  ];
}

function ropeOf(overrides: string): string {
  const { rope_parameters: rope, rope_scaling: older } = JSON.parse(overrides);
  return JSON.stringify(rope ?? older ?? { rope_type: 'default' });
}
