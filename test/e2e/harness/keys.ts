// Keys for tests: made as `ropeway key new` makes them.
import { keyDigest, newKeyToken, tokenText } from '#tenancy';

/** Members of the key as configured, over a key without limits. */
export type KeyTerms = Readonly<Record<string, unknown>>;

export interface MadeKey {
  /** What a client sends. */
  readonly text: string;
  readonly declaration: Readonly<Record<string, unknown>>;
}

export const PEPPER = 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta';

export function makeKey(terms: KeyTerms = {}): MadeKey {
  const token = newKeyToken('live');
  const digest = keyDigest(PEPPER, token.secret).toString('hex');
  return { text: tokenText(token), declaration: { id: token.id, digest, tenant: 'acme', ...terms } };
}
