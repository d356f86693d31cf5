import type { DatabaseOptions } from '#database';
import type { PepperCase } from './check-pepper.ts';
import { type Finding, ok } from './finding.ts';

export interface DatabaseSeen {
  readonly findings: readonly Finding[];
  readonly keys: Pick<PepperCase, 'usedVersions' | 'storedKey'>;
}

export async function checkDatabase(
  options: DatabaseOptions | null,
  _keyText: string | null,
): Promise<DatabaseSeen> {
  return {
    findings: [ok('database', options === null ? 'none' : 'later')],
    keys: { usedVersions: null, storedKey: async () => null },
  };
}
