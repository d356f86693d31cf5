// GET /v1/models and /v1/models/{id}: OpenAI's shape, plus each model's largest window and its pools, of those the key may use.
import { Fault, ropeName } from '#protocol';
import type { Caller } from '#tenancy';
import type { Fleet } from '#workers';
import type { ServedModel } from '../models/served-model.ts';
import { modelNotFound, type ServedModels } from '../models/served-models.ts';
import { longestWindow, openPools } from './open-pools.ts';

interface ModelCard {
  readonly id: string;
  readonly object: 'model';
  /** Seconds since 1970; OpenAI's clients want a number. The start of this gateway. */
  readonly created: number;
  readonly owned_by: 'ropeway';
  readonly aliases: readonly string[];
  /** Largest window of these pools, as vLLM's field of that name. */
  readonly max_model_len: number;
  readonly pools: readonly {
    readonly name: string;
    readonly rope: string;
    readonly window: number;
    readonly ready_workers: number;
  }[];
}

export class ListModels {
  readonly #models: ServedModels;
  readonly #fleet: Fleet;
  readonly #created: number;

  constructor(ports: { readonly models: ServedModels; readonly fleet: Fleet }, nowMs: number) {
    this.#models = ports.models;
    this.#fleet = ports.fleet;
    this.#created = Math.floor(nowMs / 1000);
  }

  list(caller: Caller): { readonly object: 'list'; readonly data: readonly ModelCard[] } {
    return {
      object: 'list',
      data: this.#cards(caller),
    };
  }

  /** By id or alias, which may hold slashes; the card carries the name that was asked. */
  one(name: string, caller: Caller): ModelCard {
    if (name === '') throw new Fault('model_not_found', { param: 'model' });
    const card = this.#card(this.#models.require(name, caller), name, caller);
    if (card === null)
      throw modelNotFound(
        name,
        this.#cards(caller).map(({ id }) => id),
      );
    return card;
  }

  #cards(caller: Caller): readonly ModelCard[] {
    return this.#models
      .visibleTo(caller)
      .map((model) => this.#card(model, model.id, caller))
      .filter((card) => card !== null);
  }

  /** null: the key may use none of its pools. */
  #card(model: ServedModel, name: string, caller: Caller): ModelCard | null {
    const pools = openPools(model, caller, this.#fleet);
    if (pools === null) return null;
    return {
      id: name,
      object: 'model',
      created: this.#created,
      owned_by: 'ropeway',
      aliases: model.aliases,
      max_model_len: longestWindow(pools),
      pools: pools.map((pool) => ({
        name: pool.name,
        rope: ropeName(pool.rope),
        window: pool.windowTokens,
        ready_workers: pool.workers.filter((worker) => worker.state === 'ready').length,
      })),
    };
  }
}
