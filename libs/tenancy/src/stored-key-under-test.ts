// A stored key for tests: everything allowed but what the test says.
import { NO_LIMITS } from '#limits';
import { type Caller, NO_SCOPES } from './caller.ts';
import { DIGEST_BYTES } from './key-digest.ts';
import type { StoredKey } from './stored-key.ts';

export interface StoredKeyChanges extends Partial<Omit<StoredKey, 'caller'>> {
  readonly id?: string;
  readonly caller?: Partial<Caller>;
}

export function storedKeyUnderTest({
  id = 'abcdefghijkl',
  caller,
  ...changes
}: StoredKeyChanges = {}): StoredKey {
  return {
    plan: null,
    digest: Buffer.alloc(DIGEST_BYTES),
    pepperVersion: 1,
    expiresAtMs: Number.POSITIVE_INFINITY,
    isRevoked: false,
    isSuspended: false,
    ...changes,
    caller: {
      keyId: id,
      lineage: id,
      tenant: 'acme',
      environment: 'live',
      tenantLimits: NO_LIMITS,
      keyLimits: NO_LIMITS,
      scopes: NO_SCOPES,
      allowedFields: new Set(),
      models: null,
      timeZone: 'UTC',
      isStrict: false,
      isPrepaid: false,
      ...caller,
    },
  };
}
