// All the keys a gateway takes: those of its file before those of the database, as one store.
import { bearerToken } from './bearer-token.ts';
import type { Identified, KeyStore } from './identify.ts';
import { idOf, type KeyEnvironment } from './key-token.ts';
import { notAllowed } from './refused-keys.ts';

/** A store that can say at once whether an id is one of its own. */
export interface OwnKeys extends KeyStore {
  holds(keyId: string): boolean;
}

interface KeyStoresOptions {
  /** Asked in this order; the first that has the id answers. */
  readonly own: readonly OwnKeys[];
  /** Answers for every other id. */
  readonly last: KeyStore;
  /** Keys of other environments are refused by this gateway, once they are proven. */
  readonly environments: readonly KeyEnvironment[];
}

export class KeyStores implements KeyStore {
  readonly #own: readonly OwnKeys[];
  readonly #last: KeyStore;
  readonly #environments: readonly KeyEnvironment[];
  readonly #otherEnvironment: Identified;

  constructor({ own, last, environments }: KeyStoresOptions) {
    this.#own = own;
    this.#last = last;
    this.#environments = environments;
    const [taken = 'no'] = environments;
    const other = taken === 'live' ? 'test' : 'live';
    this.#otherEnvironment = notAllowed(`This is a ${other} key; this gateway takes ${taken} keys only.`);
  }

  identify(
    authorization: string | undefined,
    address: string,
    nowMs: number,
  ): Identified | Promise<Identified> {
    const identified = this.#storeOf(authorization).identify(authorization, address, nowMs);
    if (identified instanceof Promise) return identified.then((later) => this.#inEnvironment(later));
    return this.#inEnvironment(identified);
  }

  #storeOf(authorization: string | undefined): KeyStore {
    if (this.#own.length === 0) return this.#last;
    const id = idOf(bearerToken(authorization) ?? '');
    return this.#own.find((store) => store.holds(id)) ?? this.#last;
  }

  #inEnvironment(identified: Identified): Identified {
    if (!identified.known || this.#environments.includes(identified.caller.environment)) return identified;
    return this.#otherEnvironment;
  }
}
