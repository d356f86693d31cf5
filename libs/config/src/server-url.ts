// URLs of the database and of Redis. One their drivers cannot read would end the process with no more than "Invalid URL",
// so it is refused here, where it stands; never repeated, as it holds a password.
import * as z from 'zod';

const UNREADABLE =
  'is no URL that can be read: check its port, and write / : @ # ? % in a password as %2F %3A %40 %23 %3F %25';

export const redisUrl = z
  .string()
  .regex(/^rediss?:\/\//, { error: 'must begin with redis:// or rediss://', abort: true })
  .refine(isReadable, UNREADABLE);

export const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, { error: 'must begin with postgres://', abort: true })
  .refine(isReadableByPg, UNREADABLE);

/** What is wrong with a URL that was read from a file, or null. */
export function databaseUrlFlaw(text: string): string | null {
  return databaseUrl.safeParse(text).error?.issues[0]?.message ?? null;
}

/** ioredis decodes user and password, and throws on an escape that is none. */
function isReadable(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isDecodable(url.username) && isDecodable(url.password);
}

/** pg-connection-string takes a user without a host (`host` is then a parameter), and a bare % as itself. */
function isReadableByPg(text: string): boolean {
  const escaped = text.replace(/%(?![0-9a-f]{2})/gi, '%25');
  return isReadable(escaped) || isReadable(escaped.replace('@/', '@localhost/'));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
