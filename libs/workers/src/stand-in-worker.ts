// What the specs look at instead of a vLLM: answers the paths a fleet asks, and fails in the ways a worker fails.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, Server as SocketServer } from 'node:net';

export class StandInWorker {
  servedName = 'QwQ-32B';
  windowTokens = 40_960;
  healthStatus = 200;
  apiKey: string | null = null;
  tokenizeStatus = 200;
  countedTokens = 11;
  generationTokens = 100;
  isAwake = true;
  /** Completions are answered. */
  isGenerating = false;
  /** Paths that are accepted and never answered. */
  readonly hanging = new Set<string>();
  readonly asked: string[] = [];
  readonly #server;
  readonly #scheme: string;

  private constructor(tls: { readonly key: string; readonly cert: string } | null) {
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#server = tls === null ? createServer(answer) : createTlsServer(tls, answer);
    this.#scheme = tls === null ? 'http' : 'https';
  }

  static async start(
    tls: { readonly key: string; readonly cert: string } | null = null,
    port = 0,
  ): Promise<StandInWorker> {
    const worker = new StandInWorker(tls);
    worker.#server.listen(port, '127.0.0.1');
    await once(worker.#server, 'listening');
    return worker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** As vLLM on SIGTERM: the port refuses, connections stay open, idle ones too (an HTTP server's own close ends those). */
  stopListening(): void {
    SocketServer.prototype.close.call(this.#server);
  }

  /** Resolves when nobody is connected any more. */
  async disconnected(): Promise<void> {
    const count = () =>
      new Promise<number>((resolve) => this.#server.getConnections((_, connections) => resolve(connections)));
    while ((await count()) > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Resolves when the path has been asked so many times in all. */
  async wasAsked(path: string, times: number): Promise<void> {
    const count = () => this.asked.filter((one) => one === path).length;
    while (count() < times) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async end(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.disconnected();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push(path);
    request.resume();
    if (this.hanging.has(path)) return;
    const isKeyWrong = this.apiKey !== null && request.headers.authorization !== `Bearer ${this.apiKey}`;
    if (path.startsWith('/v1/') && isKeyWrong) this.#send(response, 401, { error: 'Unauthorized' });
    else if (path === '/health') this.#send(response, this.healthStatus, '');
    else if (path === '/v1/models') this.#send(response, 200, this.#models());
    else if (path === '/tokenize') this.#send(response, this.tokenizeStatus, { count: this.countedTokens });
    else if (path === '/v1/completions' && this.isGenerating) this.#send(response, 200, { choices: [] });
    else if (path === '/metrics') this.#send(response, 200, this.#page());
    else this.#send(response, 404, { detail: 'Not Found' });
  }

  #send(response: ServerResponse, status: number, body: unknown): void {
    response.statusCode = status;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  #models(): unknown {
    return { object: 'list', data: [{ id: this.servedName, max_model_len: this.windowTokens }] };
  }

  #page(): string {
    return [
      `vllm:engine_sleep_state{sleep_state="awake"} ${this.isAwake ? 1 : 0}`,
      'vllm:num_requests_running{engine="0"} 0.0',
      'vllm:kv_cache_usage_perc{engine="0"} 0.0',
      'vllm:cache_config_info{block_size="16",num_gpu_blocks="10000"} 1.0',
      `vllm:generation_tokens_total{engine="0"} ${this.generationTokens}`,
      '',
    ].join('\n');
  }
}
