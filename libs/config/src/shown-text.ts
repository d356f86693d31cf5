// What was written, as a problem may show it. A problem is printed and logged, and people put passwords in wrong places.
import { holdsKey } from '#protocol';

/** A model, a pool, or the origin of a worker, which holds no password as other URLs may. */
export function shownName(name: string): string {
  const isOrigin = URL.parse(name)?.origin === name;
  return mayBeSecret(name) && !isOrigin ? 'the text there' : `\`${name}\``;
}

/** A member's name as part of a path; what is no plain name may be a whole line of `name: secret`. */
export function shownMember(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) && !mayBeSecret(name) ? name : '(unreadable name)';
}

/** Where a number or one of some words belongs: the only places whose wrong text is shown. */
export function shownChoice(text: string): string {
  return mayBeSecret(text) || text.length > 40 ? 'text' : JSON.stringify(text);
}

/** Where the path of a file belongs that holds a secret. People put the secret itself there; many have a `/` in them. */
export function looksLikePath(text: string): boolean {
  return PATH.test(text) && !mayBeSecret(text);
}

function mayBeSecret(text: string): boolean {
  return text.includes('://') || holdsKey(text);
}

/**
 * From the root or a folder of dots (as secrets are mounted), names in small letters with folders before them, or a name as
 * files of text and certificates have it. `+` and `=` are of base64.
 */
const PATH = /^(\.{0,2}\/[\w./-]+|[a-z\d._-]+(\/[a-z\d._-]+)+|[\w.-]+\.(pem|crt|cer|key|txt))$/;
