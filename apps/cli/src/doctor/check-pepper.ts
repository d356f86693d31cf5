// Are the peppers there, fit, and the ones the keys were made with?
import { pepperFlaw, type RopewayConfig } from '#config';
import { parseKeyToken } from '#tenancy';
import { isProven, type StoredKey } from '../keys/stored-key.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const CHECK = 'pepper';
const MEND =
  'give the pepper the keys were made with (ROPEWAY_PEPPER, ROPEWAY_PEPPER_FILE or peppers: in the configuration); if it is lost, every key must be made anew';

export interface PepperCase {
  readonly config: RopewayConfig;
  /** Versions keys of the database name; null: not known. */
  readonly usedVersions: readonly number[] | null;
  /** Text of a key to try; null: none was given. */
  readonly keyText: string | null;
  /** Looks a key up where the configuration has none; null: the database could not be asked. */
  readonly storedKey: ((id: string) => Promise<StoredKey | null>) | null;
}

export async function checkPepper(pepperCase: PepperCase): Promise<readonly Finding[]> {
  const { peppers } = pepperCase.config;
  const flawed = [...peppers].flatMap(([version, pepper]) => {
    const flaw = pepperFlaw(pepper);
    return flaw === null
      ? []
      : [
          fail(
            CHECK,
            `pepper ${version} ${flaw}`,
            'make one with `ropeway key new --new-pepper`, and the keys anew with it',
          ),
        ];
  });
  if (flawed.length > 0) return flawed;
  const missing = (pepperCase.usedVersions ?? []).filter((version) => !peppers.has(version));
  if (missing.length > 0)
    return [fail(CHECK, `keys of the database need pepper ${missing.join(', ')}, which is not given`, MEND)];
  if (peppers.size === 0) {
    return [warn(CHECK, 'no pepper is given, so no key can be checked', MEND)];
  }
  const versions = [...peppers.keys()].join(', ');
  const given = ok(CHECK, `version ${versions}: long enough, and no published example`);
  return [given, ...(await tryKey(pepperCase))];
}

/** The only proof that a pepper is right: a key that it lets in. */
async function tryKey({ keyText, config, storedKey }: PepperCase): Promise<readonly Finding[]> {
  if (keyText === null) return [];
  const token = parseKeyToken(keyText);
  if (token === null)
    return [
      fail(
        'key',
        'what was given as a key is none (its checksum is wrong)',
        'copy it again, whole: rw_live_… or rw_test_…',
      ),
    ];
  const declared = config.keys.find(({ id }) => id === token.id);
  if (declared === undefined && storedKey === null) {
    const fix =
      'see the check of the database; where a process has it open, ask that with the key: ropeway route explain';
    return [warn('key', `the key ${token.id} could not be looked up`, fix)];
  }
  const stored =
    declared === undefined
      ? ((await storedKey?.(token.id)) ?? null)
      : { digest: Buffer.from(declared.digest, 'hex'), pepperVersion: declared.pepperVersion };
  if (stored === null)
    return [
      fail(
        'key',
        `nobody knows the key ${token.id}`,
        'make one: ropeway key create --tenant <id>; or check which database is configured',
      ),
    ];
  if (isProven(stored, config.peppers, token.secret))
    return [ok('key', `pepper ${stored.pepperVersion} proves the key ${token.id}`)];
  return [
    fail(
      'key',
      `pepper ${stored.pepperVersion} does not prove the key ${token.id}: it is another pepper than the key was made with, or another key`,
      MEND,
    ),
  ];
}
