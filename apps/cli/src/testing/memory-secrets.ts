// For tests: Secrets in memory, and one that ends like a process that is killed at a given step.
import type { SecretData, SecretStore } from '../bootstrap/secret-store.ts';

export class MemorySecrets implements SecretStore {
  readonly secrets = new Map<string, SecretData>();

  async read(name: string): Promise<SecretData | null> {
    await this.step();
    const found = this.secrets.get(name) ?? null;
    await this.step();
    return found;
  }

  async create(name: string, data: SecretData): Promise<boolean> {
    await this.step();
    const isNew = !this.secrets.has(name);
    if (isNew) this.secrets.set(name, data);
    await this.step();
    return isNew;
  }

  /** Before and after each call. */
  protected async step(): Promise<void> {}
}

export class Killed extends Error {}

/** The same Secrets, seen by a process that is killed at its step of that number. */
export class SecretsUntilKilled extends MemorySecrets {
  override readonly secrets: Map<string, SecretData>;
  #stepsLeft: number;

  constructor({ secrets }: MemorySecrets, steps: number) {
    super();
    this.secrets = secrets;
    this.#stepsLeft = steps;
  }

  protected override async step(): Promise<void> {
    if (this.#stepsLeft-- === 0) throw new Killed();
  }
}
