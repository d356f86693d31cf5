// The programs of a real control plane, built once from Go modules and kept in the user's cache under a name that says of
// what: other sums, another recipe or another Go build anew. A build takes a quarter of an hour on two cores with nothing
// cached; Go's own build cache makes the next one a matter of seconds.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../scripts/kube-tools.mjs';
import { DEFINITIONS, MODULES, PROGRAMS, type ProgramName, type ProgramRecipe } from './recipe.ts';
import { runGo } from './run-go.ts';

export interface ControlPlanePrograms {
  readonly folder: string;
  path(name: ProgramName): string;
  /** Folder of YAML files: CRDs of KEDA, Gateway API, its inference extension and Prometheus operator. */
  readonly definitions: string;
}

/** Builds what is not there yet. Throws with Go's own words. */
export async function controlPlanePrograms(goVersion: string): Promise<ControlPlanePrograms> {
  const folder = join(cacheFolder('cluster'), recipeHash(goVersion));
  if (!existsSync(folder)) await buildInto(folder);
  return programsIn(folder);
}

export function programsIn(folder: string): ControlPlanePrograms {
  return {
    folder,
    path: (name) => join(folder, name),
    definitions: join(folder, 'definitions'),
  };
}

/** Made beside its final place and renamed: whoever comes at the same time sees all of it or nothing. */
async function buildInto(folder: string): Promise<void> {
  mkdirSync(join(folder, '..'), { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  try {
    process.stderr.write('building a Kubernetes control plane from Go modules (once)\n');
    const version = await kubernetesVersion();
    for (const [index, program] of PROGRAMS.entries())
      await buildProgram(program, join(made, program.name), version, `${index + 1} of ${PROGRAMS.length}`);
    mkdirSync(join(made, 'definitions'));
    for (const each of DEFINITIONS) await copyDefinitions(each, join(made, 'definitions'));
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another run may have been quicker.
    if (!existsSync(folder)) throw error;
  }
}

async function buildProgram(program: ProgramRecipe, out: string, version: string, nth: string) {
  const flags = program.module === 'kube' ? `-s -w ${versionFlags(version)}` : '-s -w';
  const args = ['build', '-ldflags', flags, '-o', out, program.package];
  await runGo(join(MODULES, program.module), args, `${program.name} (${nth})`);
}

async function kubernetesVersion(): Promise<string> {
  const args = ['list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes'];
  return (await runGo(join(MODULES, 'kube'), args, 'Go modules of Kubernetes')).trim();
}

/** Without them the server calls itself v0.0.0-master+$Format, and Helm takes that for its version. */
function versionFlags(version: string): string {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const set = (name: string, value: string) => `-X k8s.io/component-base/version.${name}=${value}`;
  return [
    set('gitVersion', version),
    set('gitMajor', major),
    set('gitMinor', minor),
    set('gitTreeState', 'clean'),
  ].join(' ');
}

async function copyDefinitions({ module, of, folder }: (typeof DEFINITIONS)[number], to: string) {
  const told = await runGo(join(MODULES, module), ['mod', 'download', '-json', of], null);
  const { Dir: source } = JSON.parse(told) as { readonly Dir: string };
  for (const file of readdirSync(join(source, folder)).filter((name) => name.endsWith('.yaml')))
    copyFileSync(join(source, folder, file), join(to, file));
}

function recipeHash(goVersion: string): string {
  const hash = createHash('sha256').update(goVersion);
  const sources = globSync(['*/go.{mod,sum}', '**/*.go'], { cwd: MODULES }).sort();
  const recipe = ['recipe.ts', 'control-plane-programs.ts', 'run-go.ts'];
  for (const file of sources) hash.update(file).update(readFileSync(join(MODULES, file)));
  for (const file of recipe) hash.update(readFileSync(join(import.meta.dirname, file)));
  return hash.digest('hex').slice(0, 16);
}
