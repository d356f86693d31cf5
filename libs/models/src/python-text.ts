// Python's string methods where JavaScript's differ: strip() knows other white space, and strip('\n') only newlines.

/** `text.lstrip('\n')` */
export function stripNewlinesBefore(text: string): string {
  let start = 0;
  while (text.charCodeAt(start) === 10) start++;
  return start === 0 ? text : text.slice(start);
}

/** `text.rstrip('\n')` */
export function stripNewlinesAfter(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 10) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** What `str.isspace` calls white space (CPython, unicodetype_db.h); not U+FEFF, which JavaScript trims. */
const SPACE = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** `text.rstrip()` */
export function stripAfter(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.has(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** `text.strip()` */
export function strip(text: string): string {
  let start = 0;
  while (start < text.length && SPACE.has(text.charAt(start))) start++;
  return stripAfter(text.slice(start));
}
