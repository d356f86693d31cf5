// A served model and a caller for specs: the real profile and the real counter, everything else as the test says.
import { NO_LIMITS } from '#limits';
import { profileNamed } from '#models';
import { type Caller, type KeyScopes, NO_SCOPES } from '#tenancy';
import { createTokenCounter, type TokenCounter } from '#tokenizer';
import type { ServedModel } from './served-model.ts';

let counter: Promise<TokenCounter> | null = null;

/** One for a whole spec file: building its tables takes half a second. Counts inline, so it needs no closing. */
export function realCounter(): Promise<TokenCounter> {
  counter ??= createTokenCounter({
    vocabulary: 'qwen3',
    cacheEntries: 1_000,
    inlineBytes: 2 ** 24,
    threads: 0,
  });
  return counter;
}

export async function aModel(terms: Partial<ServedModel> = {}): Promise<ServedModel> {
  return {
    id: 'qwq-32b',
    aliases: ['Qwen/QwQ-32B'],
    servedName: 'QwQ-32B',
    profile: profileNamed('qwq') ?? null,
    counter: await realCounter(),
    cacheSaltKey: null,
    policy: {
      assumedOutputTokens: 8_192,
      overBudget: 'refuse',
      spillAfterMs: null,
      fullQueuedTokens: 16_384,
    },
    maxAnswers: 8,
    ...terms,
  };
}

export function aCaller({ scopes, ...terms }: CallerTerms = {}): Caller {
  return {
    keyId: 'k',
    lineage: 'k',
    tenant: 'acme',
    environment: 'live',
    tenantLimits: NO_LIMITS,
    keyLimits: NO_LIMITS,
    scopes: { ...NO_SCOPES, ...scopes },
    allowedFields: new Set(),
    models: null,
    timeZone: 'UTC',
    isStrict: false,
    isPrepaid: false,
    ...terms,
  };
}

type CallerTerms = Partial<Omit<Caller, 'scopes'>> & { readonly scopes?: Partial<KeyScopes> };
