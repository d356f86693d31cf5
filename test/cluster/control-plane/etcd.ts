// etcd beside the API server's back, through its JSON gateway: what makes a watch's place in history invalid.

export class Etcd {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Forgets all history up to now; an API server that runs has its own, one that starts has not. */
  async compact(): Promise<void> {
    await this.#ask('kv/compaction', { revision: await this.#revision(), physical: true });
  }

  /**
   * Moves the store on by a revision nobody watches. Without it an API server that was killed and started again may still
   * know the resourceVersion a client holds; with it every one is expired (410).
   */
  async putJunk(): Promise<void> {
    await this.#ask('kv/put', { key: encoded('/junk'), value: encoded(`${performance.now()}`) });
  }

  async #revision(): Promise<string> {
    const answer = await this.#ask('kv/range', { key: encoded('/junk') });
    return (answer as { readonly header: { readonly revision: string } }).header.revision;
  }

  async #ask(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.#url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
