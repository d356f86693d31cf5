// A server must take the absolute form of a target (RFC 9112 section 3.2.2), which clients send that think us a proxy.
import type { IncomingMessage } from 'node:http';

const SLASH = 0x2f;
const AUTHORITY = /^https?:\/\/[^/?#]*/i;

/** Gives the request the target that the routers compare; one that begins with a slash, as nearly all do, is left alone. */
export function toOriginForm(req: IncomingMessage): void {
  const { url } = req;
  if (url === undefined || url.charCodeAt(0) === SLASH) return;
  const authority = AUTHORITY.exec(url)?.[0];
  if (authority === undefined) return;
  const rest = url.slice(authority.length);
  req.url = rest.startsWith('/') ? rest : `/${rest}`;
}
