// The built scaler as a process, at the address KEDA is told.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../servers/free-port.ts';
import { scalerConfiguration } from './configuration.ts';
import { Program } from './program.ts';
import type { Site } from './site.ts';

const LOOK_MS = 200;
const START_MS = 60_000;

export class ScalerProgram {
  readonly opsUrl: string;
  readonly #program: Program;

  private constructor(site: Site, opsPort: number) {
    const folder = site.newFolder('scaler');
    const config = join(folder, 'ropeway.yaml');
    writeFileSync(config, JSON.stringify(scalerConfiguration(site, opsPort)));
    this.opsUrl = `http://127.0.0.1:${opsPort}`;
    this.#program = new Program({ app: 'scaler', flags: [], config, folder, env: {}, heard: () => {} });
  }

  static async start(site: Site): Promise<ScalerProgram> {
    return new ScalerProgram(site, await freePort());
  }

  /** Resolves once it knows every gateway's demand. */
  async ready(): Promise<void> {
    const endMs = performance.now() + START_MS;
    while (!(await this.#isReady())) {
      if (this.#program.isOver || performance.now() > endMs)
        throw new Error(`the scaler is not ready: ${this.#program.lastWords}`);
      await sleep(LOOK_MS);
    }
  }

  async end(): Promise<void> {
    this.#program.signal('SIGTERM');
    await this.#program.exited;
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.opsUrl}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}
