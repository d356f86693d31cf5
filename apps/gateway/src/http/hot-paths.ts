// The paths of the pipeline, matched before Fastify's router: nothing there (hooks, body parsing, serialisation) is of
// use to them, a stranger gets 401 before a byte of the body is read, and a request costs a fifth less (ADR 0006).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServeCompletion } from '../completions/serve-completion.ts';
import type { ServePorts } from '../completions/serve-ports.ts';
import { ServeIntrospection } from '../introspection/serve-introspection.ts';

/** Never throws; resolves once the answer has ended. */
type Serve = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** DashScope's clients call the same API under the second prefix. */
const PREFIXES = ['/v1', '/compatible-mode/v1'];

export class HotPaths {
  readonly #serves: ReadonlyMap<string, Serve>;

  constructor(ports: ServePorts) {
    const completion = new ServeCompletion(ports);
    const introspection = new ServeIntrospection(ports);
    const paths: readonly (readonly [string, Serve])[] = [
      ['/chat/completions', (req, res) => completion.serve('chat', req, res)],
      ['/completions', (req, res) => completion.serve('text', req, res)],
      ['/tokenize', (req, res) => introspection.serve('tokenize', req, res)],
      ['/route', (req, res) => introspection.serve('route', req, res)],
    ];
    this.#serves = new Map(
      PREFIXES.flatMap((prefix) => paths.map(([path, serve]) => [prefix + path, serve] as const)),
    );
  }

  /** Who serves this request; undefined leaves it to Fastify. */
  find(req: IncomingMessage): Serve | undefined {
    if (req.method !== 'POST') return undefined;
    const url = req.url ?? '';
    return this.#serves.get(url) ?? this.#serves.get(url.split('?', 1)[0] ?? '');
  }
}
