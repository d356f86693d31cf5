// What a container's command is on this machine: a program of the image is the same program of this checkout's build, vLLM
// is vllm-sim told the same, and what else a chart may bring is not played.
import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { GATEWAY_FLAGS } from '../../../scripts/gateway-flags.mjs';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const APP = /(?:^|\/)apps\/(gateway|control|scaler|vllm-sim|cli)\/src\/main\.js$/;

export interface LocalCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** Null for what is not played: it counts as running, or as done where it is to end. */
export function localCommand({ command = [], args = [] }: V1Container): LocalCommand | null {
  const words = [...command, ...args];
  const app = words.findIndex((word) => APP.test(word));
  const found = APP.exec(words[app] ?? '')?.[1];
  if (found !== undefined) return appCommand(found, words.slice(app + 1));
  const cli = words.findIndex((word) => /(?:^|\/)ropeway(?:\.mjs)?$/.test(word));
  if (cli >= 0) return appCommand('cli', words.slice(cli + 1));
  const served = words.indexOf('serve');
  if (served >= 0 && words.slice(0, served).some((word) => /(?:^|\/)vllm$/.test(word)))
    return appCommand('vllm-sim', simArguments(words.slice(served + 1)));
  return null;
}

function appCommand(app: string, args: readonly string[]): LocalCommand {
  const main = join(ROOT, 'dist', 'apps', app, 'src', 'main.js');
  const flags = app === 'gateway' ? GATEWAY_FLAGS : [];
  return { file: process.execPath, args: [...flags, main, ...args] };
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
    ...['--host', '0.0.0.0', '--port', flags.get('--port') ?? '8000'],
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
