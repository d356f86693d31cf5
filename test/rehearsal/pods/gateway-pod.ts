// One gateway's pod: the built gateway as a process at an address of its own. As a kubelet does, it looks whether the
// process is ready, starts one that died again in its place, and ends one in order.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY_FLAGS } from '../../../scripts/gateway-flags.mjs';
import { PEPPER } from '../../e2e/harness/keys.ts';
import type { GatewayRun } from '../load/gateway-run.ts';
import { gatewayConfiguration } from './configuration.ts';
import { podObject } from './pod-object.ts';
import { Program } from './program.ts';
import type { Site } from './site.ts';

const PROBE_MS = 250;
const PROBE_ANSWER_MS = 2_000;
/** failureThreshold of the chart's readiness probe: one slow answer is no end. */
const FAILED_PROBES = 2;
/** A process that is slower to become ready than this will not. */
const START_MS = 90_000;
/** From being asked to end to SIGTERM: the Service sends nothing new by then. */
const PRE_STOP_MS = 1_000;

export class GatewayPod {
  readonly name: string;
  readonly opsUrl: string;
  readonly #site: Site;
  readonly #uid: string;
  readonly #address: string;
  readonly #folder: string;
  readonly #heard: (record: Readonly<Record<string, unknown>>) => void;
  #program: Program;
  #run: GatewayRun;
  #isReady = false;
  #isTerminating = false;
  readonly #looking: Promise<void>;

  constructor(site: Site, name: string, heard: (record: Readonly<Record<string, unknown>>) => void) {
    this.#site = site;
    this.name = name;
    this.#heard = heard;
    this.#uid = site.newUid();
    this.#address = site.newAddress();
    this.#folder = site.newFolder(name);
    this.opsUrl = `http://${this.#address}:${site.ports.ops}`;
    writeFileSync(this.#file, JSON.stringify(gatewayConfiguration(site, this.#address, this.#folder)));
    this.#run = this.#newRun();
    this.#program = this.#start();
    this.#show();
    this.#looking = this.#keepLooking();
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isTerminating;
  }

  /** The process that runs now. */
  get run(): GatewayRun {
    return this.#run;
  }

  /** Rejects with what it wrote last when it does not become ready. */
  async ready(): Promise<void> {
    const endMs = performance.now() + START_MS;
    while (!this.#isReady) {
      if (performance.now() > endMs) throw new Error(`${this.name} is not ready: ${this.#program.lastWords}`);
      await sleep(PROBE_MS);
    }
  }

  /** As a kill -9, or the kernel's when memory runs out: nobody is told. Another process is started in its place. */
  async kill(): Promise<void> {
    this.#run.isKilled = true;
    this.#program.signal('SIGKILL');
    await this.#program.exited;
    await this.#notReady();
  }

  /** Resolves with its exit code once it is gone. */
  async end(): Promise<number | string> {
    this.#isTerminating = true;
    this.#show();
    await sleep(PRE_STOP_MS);
    this.#program.signal('SIGTERM');
    const how = await this.#program.exited;
    await this.#looking;
    this.#site.api.remove(this.#uid);
    return how;
  }

  /** Ends it whatever it does. */
  async abandon(): Promise<void> {
    this.#isTerminating = true;
    this.#program.signal('SIGKILL');
    await this.#program.exited;
    await this.#looking;
  }

  get #file(): string {
    return join(this.#folder, 'ropeway.yaml');
  }

  #newRun(): GatewayRun {
    return { origin: `http://${this.#address}:${this.#site.ports.http}`, isKilled: false };
  }

  #start(): Program {
    return new Program({
      app: 'gateway',
      flags: GATEWAY_FLAGS,
      config: this.#file,
      folder: this.#folder,
      env: { ROPEWAY_PEPPER: PEPPER, HOSTNAME: this.name },
      heard: this.#heard,
    });
  }

  async #keepLooking(): Promise<void> {
    let failed = 0;
    while (!this.#isTerminating) {
      if (this.#program.isOver) this.#startAgain();
      failed = (await this.#looksReady()) ? 0 : failed + 1;
      if (failed === 0) this.#note(true);
      if (failed >= FAILED_PROBES) this.#note(false);
      await sleep(PROBE_MS);
    }
  }

  /** That its process has ended is seen without a probe. */
  #startAgain(): void {
    this.#note(false);
    this.#run = this.#newRun();
    this.#program = this.#start();
  }

  #note(isReady: boolean): void {
    if (isReady === this.#isReady || this.#isTerminating) return;
    this.#isReady = isReady;
    this.#show();
  }

  async #notReady(): Promise<void> {
    while (this.#isReady) await sleep(PROBE_MS / 5);
  }

  async #looksReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.opsUrl}/readyz`, { signal: AbortSignal.timeout(PROBE_ANSWER_MS) })).ok;
    } catch {
      return false;
    }
  }

  #show(): void {
    const labels = { 'app.kubernetes.io/component': 'gateway' };
    const { isReady } = this;
    const [uid, name, address] = [this.#uid, this.name, this.#address];
    this.#site.api.set(
      podObject({ uid, name, labels, address, isReady, isTerminating: this.#isTerminating }),
    );
  }
}
