// What went wrong with the admin API, in words that say what to do: its problem details (RFC 9457), and the ways not to reach it.
import * as z from 'zod';
import { withoutControls } from '../output/wrap-text.ts';
import type { AdminAccess } from './admin-access.ts';

export type Answer =
  | { readonly status: number; readonly text: string; readonly mayComeAgain: boolean }
  /** None came. */
  | { readonly error: unknown };

const problem = z.object({
  title: z.string().catch(''),
  detail: z.string().catch(''),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).catch([]),
});

export function describeProblem(status: number, body: string, { url, keySource }: AdminAccess): string {
  const { title, detail, errors } = parsed(body);
  const said = detail || title || notOurs(url, status);
  // One wrong field is in the sentence already.
  const isListed = errors.length > 1 || errors.some(({ message }) => !said.includes(message));
  const lines = isListed ? [`${title || said}:`, ...errors.map(fieldLine)] : [said];
  return [...lines.map(withoutControls), ...advice(status, keySource)].join('\n');
}

/** The admin API says what is wrong; the gateway and proxies answer in other words. */
function notOurs(url: string, status: number): string {
  const said = `${url} answered with status ${status}`;
  return status < 500 ? `${said}: is that the admin API (port 8081), not the gateway (8080)?` : said;
}

function fieldLine({ path, message }: { readonly path: string; readonly message: string }): string {
  return path === '' ? `  ${message}` : `  ${path}: ${message}`;
}

function advice(status: number, keySource: string): readonly string[] {
  switch (status) {
    case 401:
      return [
        `The admin key from ${keySource} is not one of this admin API. Use the file the serving process has (control.adminKeyFile), or set ROPEWAY_ADMIN_KEY. Keys of callers (rw_live_…) do not work here.`,
      ];
    case 403:
      return [`The admin key from ${keySource} may only read: use one with the role admin.`];
    case 412:
      return ['Somebody changed it meanwhile: look at it again, and repeat the command.'];
    default:
      return status >= 500 ? ['`ropeway doctor` says what is away; the log of the admin API says more.'] : [];
  }
}

/** Nobody there, a name that does not resolve, a certificate nobody knows, no answer in time. */
export function describeUnreachable(url: string, error: unknown): string {
  const code = failureCode(error);
  const where = `the admin API at ${url}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `nobody listens at ${url}: start Ropeway (npm run up, or the control app), or give the admin API's address with --admin-url or ROPEWAY_ADMIN_URL`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name in ${url} does not resolve: check --admin-url or ROPEWAY_ADMIN_URL`;
    case 'TimeoutError':
      return `${where} did not answer in time: \`ropeway doctor\` says whether its database does`;
    default:
      return `cannot ask ${where} (${code}): check the address (http or https, port 8081) and the network`;
  }
}

/** The same might go well a moment later: the connection broke, or the first try with this key is still under way. */
export function isWorthRepeating(answer: Answer): boolean {
  if ('status' in answer) return answer.status === 503 || isStillUnderWay(answer);
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(failureCode(answer.error));
}

/** A try with the same idempotency key has not ended, or never said how. */
export function isStillUnderWay(answer: Answer): boolean {
  return 'status' in answer && answer.status === 409 && answer.mayComeAgain;
}

/** Nothing of it was done: there was no connection. */
export function hasNotArrived(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(failureCode(error));
}

/** Why a request could not be made: `fetch failed` has its reason inside. */
export function failureCode(error: unknown): string {
  for (let inner = error, depth = 0; isObject(inner) && depth < 4; depth += 1) {
    if ('code' in inner && typeof inner.code === 'string') return inner.code;
    if ('name' in inner && inner.name === 'TimeoutError') return 'TimeoutError';
    const cause: unknown = 'cause' in inner ? inner.cause : undefined;
    if (cause === undefined) return 'message' in inner ? String(inner.message) : 'unknown';
    inner = cause;
  }
  return 'unknown';
}

function parsed(body: string): z.infer<typeof problem> {
  try {
    return problem.parse(JSON.parse(body));
  } catch {
    return { title: '', detail: '', errors: [] };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
