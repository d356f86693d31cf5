// The token of an `authorization` header (RFC 6750): the scheme in any case, one or more spaces, the token.

/** No key is longer than 71 characters; a longer header is junk and is not looked at. */
const MAX_HEADER_LENGTH = 256;
const BEARER = /^bearer +(\S+) *$/i;

/** null when the header is absent, of another scheme, or holds more than one word. Never throws. */
export function bearerToken(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > MAX_HEADER_LENGTH) return null;
  return BEARER.exec(authorization)?.[1] ?? null;
}
