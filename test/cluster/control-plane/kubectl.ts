// helm and kubectl against one API server, without anything of the person's own configuration.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { kubeTools } from '../../../scripts/kube-tools.mjs';

type KubeTool = 'helm' | 'helm3' | 'kubectl';

interface ToolAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Kubectl {
  readonly #folder: string;
  readonly #kubeconfig: string;

  /** `folder`: for what the tools cache. */
  constructor(folder: string, kubeconfig: string) {
    this.#folder = folder;
    this.#kubeconfig = kubeconfig;
  }

  /** Its standard output; throws with what it said when it fails. */
  async run(tool: KubeTool, args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(tool, args, input);
    if (code !== 0) throw new Error(`${tool} ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  }

  attempt(tool: KubeTool, args: readonly string[], input = ''): Promise<ToolAnswer> {
    const child = spawn(kubeTools()[tool], args, { env: this.#environment(), stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // It may end without reading.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** Server-side apply of YAML, or of objects. */
  async apply(manifests: string | readonly object[], args: readonly string[] = []): Promise<void> {
    const text =
      typeof manifests === 'string'
        ? manifests
        : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    await this.run('kubectl', ['apply', '--server-side', '--force-conflicts', '-f', '-', ...args], text);
  }

  #environment(): NodeJS.ProcessEnv {
    const folder = join(this.#folder, 'tools');
    return {
      PATH: process.env.PATH,
      HOME: folder,
      KUBECONFIG: this.#kubeconfig,
      KUBECACHEDIR: join(folder, 'kube'),
      HELM_CACHE_HOME: join(folder, 'helm'),
      HELM_CONFIG_HOME: join(folder, 'helm'),
      HELM_DATA_HOME: join(folder, 'helm'),
    };
  }
}
