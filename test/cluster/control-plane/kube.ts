// The API server as the harness speaks with it: paths and plain objects. It is kept apart from the client under test, so
// that a mistake in that one is not made twice.
import { Agent, fetch } from 'undici';
import type { Access } from './access.ts';

/** Longer than a loaded API server has been seen to take. */
const ANSWER_MS = 60_000;

class KubeError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const PATCHES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

export class Kube {
  readonly access: Access;
  readonly #agent: Agent;

  constructor(access: Access) {
    this.access = access;
    this.#agent = new Agent({ connect: { ca: access.authority }, allowH2: false });
  }

  get<Shape>(path: string): Promise<Shape> {
    return this.ask<Shape>('GET', path);
  }

  /** Undefined when there is none. */
  async find<Shape>(path: string): Promise<Shape | undefined> {
    try {
      return await this.get<Shape>(path);
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  async list<Shape>(path: string): Promise<readonly Shape[]> {
    return (await this.get<{ readonly items: readonly Shape[] }>(path)).items;
  }

  create<Shape>(path: string, body: object): Promise<Shape> {
    return this.ask<Shape>('POST', path, body);
  }

  patch<Shape>(path: string, body: object, kind: keyof typeof PATCHES = 'merge'): Promise<Shape> {
    return this.ask<Shape>('PATCH', path, body, PATCHES[kind]);
  }

  /** Not being there is as good as being deleted. */
  async remove(path: string, options: object = {}): Promise<void> {
    try {
      await this.ask('DELETE', path, options);
    } catch (error) {
      if (!(error instanceof KubeError && (error.status === 404 || error.status === 409))) throw error;
    }
  }

  async ask<Shape>(method: string, path: string, body?: object, type = 'application/json'): Promise<Shape> {
    const { url, token } = this.access;
    const response = await fetch(`${url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': type } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    if (!response.ok)
      throw new KubeError(response.status, `${method} ${path}: ${response.status} ${reasonOf(text)}`);
    return (text.startsWith('{') ? JSON.parse(text) : text) as Shape;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** Of a Status object its message. */
function reasonOf(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly message?: unknown }).message ?? text);
  } catch {
    return text;
  }
}
