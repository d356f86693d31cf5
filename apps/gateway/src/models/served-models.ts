// The models of the configuration, found by id or alias.
import { Fault, type ParseRules } from '#protocol';
import type { Caller } from '#tenancy';
import type { ServedModel } from './served-model.ts';

export class ServedModels {
  readonly all: readonly ServedModel[];
  readonly #maxAnswers: number;
  readonly #byName: ReadonlyMap<string, ServedModel>;

  constructor(models: readonly ServedModel[]) {
    this.all = models;
    this.#maxAnswers = Math.max(...models.map((model) => model.maxAnswers));
    this.#byName = new Map(
      models.flatMap((model) => [model.id, ...model.aliases].map((name) => [name, model] as const)),
    );
  }

  /** What parsing may accept; the model is only known after it, so the loosest bound on `n` of all models goes first. */
  parseRules(caller: Caller): ParseRules {
    return { maxAnswers: this.#maxAnswers, allowedFields: caller.allowedFields };
  }

  /** Models the caller's key may use. */
  visibleTo(caller: Caller): readonly ServedModel[] {
    return this.all.filter((model) => mayUse(caller, model));
  }

  /**
   * The model of a request. No name means the only model there is, as in vLLM. Throws the same 404 for a model that
   * does not exist and for one the key may not use: a key must not be able to list what it can't have.
   */
  require(name: string, caller: Caller): ServedModel {
    const visible = this.visibleTo(caller);
    const [only] = visible;
    if (name === '' && only && visible.length === 1) return only;
    const model = this.#byName.get(name);
    if (model && mayUse(caller, model)) return model;
    throw modelNotFound(
      name,
      visible.map(({ id }) => id),
    );
  }
}

/** `known`: the ids of the models the key is shown. */
export function modelNotFound(name: string, known: readonly string[]): Fault {
  return new Fault('model_not_found', {
    message: `The model \`${name}\` does not exist. Known models: ${known.join(', ') || 'none'}.`,
    param: 'model',
  });
}

function mayUse(caller: Caller, model: ServedModel): boolean {
  return (
    caller.models === null ||
    caller.models.has(model.id) ||
    model.aliases.some((alias) => caller.models?.has(alias))
  );
}
