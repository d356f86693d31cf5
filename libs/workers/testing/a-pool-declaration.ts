// A pool as a configuration declares it: the default one of QwQ, without a worker.
import type { PoolDeclaration } from '../src/fleet.ts';

export function aPoolDeclaration(changes: Partial<PoolDeclaration> = {}): PoolDeclaration {
  return {
    name: 'default',
    model: 'qwq-32b',
    servedName: 'QwQ-32B',
    rope: { type: 'default', factor: 1 },
    windowTokens: 40_960,
    kvTokensPerWorker: 100_000,
    workers: [],
    apiKey: null,
    ca: null,
    ...changes,
  };
}
