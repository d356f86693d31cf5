// Plays KEDA and the autoscaler for one pool: the real scaler is asked over gRPC as KEDA asks it, and what it answers
// decides how many pods the Deployment has. The rules are theirs, the times are those of a day that takes minutes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldStream, KedaClient } from '../../../apps/scaler/test/keda-client.ts';
import type { PlayedPool } from '../day/played-pools.ts';
import { PLAYED_STEPS, PLAYED_TIMES } from '../day/played-times.ts';
import type { WorkerDeployment } from '../pods/worker-deployment.ts';
import { ActivationRule } from './activation-rule.ts';
import { type ExternalMetric, HorizontalAutoscaler } from './horizontal-autoscaler.ts';

/** How often it is seen whether the stream said something. */
const PUSH_LOOK_MS = 50;
const { pollMs: POLL_MS, syncMs: SYNC_MS, cooldownMs: COOLDOWN_MS } = PLAYED_TIMES;
/** After a stream ended KEDA waits before it opens another. */
const REOPEN_MS = 1_000;

interface KedaPorts {
  readonly client: KedaClient;
  readonly deployment: WorkerDeployment;
  /** The number of replicas was changed, and by whom. */
  readonly scaled: (from: number, to: number) => void;
}

export class Keda {
  readonly #ports: KedaPorts;
  readonly #metadata: Readonly<Record<string, string>>;
  readonly #activation: ActivationRule;
  readonly #autoscaler: HorizontalAutoscaler;
  readonly #loops: Promise<unknown>;
  #isOver = false;
  #asked = 0;
  #unanswered = 0;

  private constructor(ports: KedaPorts) {
    const { pool } = ports.deployment;
    this.#ports = ports;
    this.#metadata = metadataOf(pool);
    this.#activation = new ActivationRule({ minReplicas: pool.minWorkers, cooldownMs: COOLDOWN_MS });
    this.#autoscaler = new HorizontalAutoscaler({
      minReplicas: pool.minWorkers,
      maxReplicas: pool.maxWorkers,
      ...PLAYED_STEPS,
    });
    this.#loops = Promise.all([this.#keepListening(), this.#keepPolling(), this.#keepSyncing()]);
  }

  static start(ports: KedaPorts): Keda {
    return new Keda(ports);
  }

  /** Questions to the scaler, and those it did not answer. */
  get questions(): { readonly asked: number; readonly unanswered: number } {
    return { asked: this.#asked, unanswered: this.#unanswered };
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#loops;
  }

  async #keepListening(): Promise<void> {
    while (!this.#isOver) {
      const stream = this.#ports.client.stream(this.#metadata);
      let hasEnded = false;
      void stream.ended.then(() => {
        hasEnded = true;
      });
      for (let heard = 0; !hasEnded && !this.#isOver; heard = this.#hear(stream, heard))
        await sleep(PUSH_LOOK_MS);
      stream.cancel();
      if (!this.#isOver) await sleep(REOPEN_MS);
    }
  }

  #hear({ said }: HeldStream, heard: number): number {
    if (said.slice(heard).includes(true)) {
      this.#scale(this.#activation.pushed(this.#wanted, performance.now()));
    }
    return said.length;
  }

  async #keepPolling(): Promise<void> {
    while (!this.#isOver) {
      const isActive = await this.#ask(this.#ports.client.isActive(this.#metadata));
      this.#scale(this.#activation.polled(this.#wanted, isActive, performance.now()));
      await sleep(POLL_MS);
    }
  }

  async #keepSyncing(): Promise<void> {
    while (!this.#isOver) {
      await sleep(SYNC_MS);
      if (this.#wanted === 0) continue;
      const metrics = await this.#metrics();
      // KEDA may have taken the last one meanwhile.
      if (this.#wanted > 0) this.#scale(this.#autoscaler.decide(this.#wanted, metrics, performance.now()));
    }
  }

  async #metrics(): Promise<readonly ExternalMetric[]> {
    const { client } = this.#ports;
    const specs = (await this.#ask(client.metricSpecs(this.#metadata))) ?? [];
    return Promise.all(
      specs.map(async ({ metricName, targetSizeFloat: target }) => {
        return { total: await this.#ask(client.metric(this.#metadata, metricName)), target };
      }),
    );
  }

  /** null: no answer. */
  async #ask<T>(question: Promise<T>): Promise<T | null> {
    this.#asked++;
    try {
      return await question;
    } catch {
      this.#unanswered++;
      return null;
    }
  }

  get #wanted(): number {
    return this.#ports.deployment.wanted;
  }

  #scale(replicas: number): void {
    const from = this.#wanted;
    if (replicas === from || this.#isOver) return;
    this.#ports.deployment.scale(replicas);
    this.#ports.scaled(from, replicas);
  }
}

function metadataOf({ name, targetTokens, targetKvUsage }: PlayedPool): Readonly<Record<string, string>> {
  return { pool: name, targetTokens: String(targetTokens), targetKvUsage: String(targetKvUsage) };
}
