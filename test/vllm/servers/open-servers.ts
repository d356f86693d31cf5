// The two real servers under test: those that VLLM_URL and VLLM_YARN_URL name, else two started here.
import { Progress } from '../progress.ts';
import { checkMemory } from './find-python.ts';
import { installedVersions, installVllm } from './install-vllm.ts';
import { makeModel } from './make-model.ts';
import { startVllm, type VllmServer, type VllmTerms } from './start-vllm.ts';

interface RealServer {
  readonly url: string;
  /** How to end and start it again; null for one that is not ours. */
  readonly process: VllmServer | null;
}

export interface RealServers {
  readonly default: RealServer;
  /** null when VLLM_URL is set and VLLM_YARN_URL is not. */
  readonly yarn: RealServer | null;
  /** What runs, in words. */
  readonly what: string;
  /** Starts an ended server again on its port. Resolves when it is ready. */
  restart(server: VllmServer, signal: AbortSignal): Promise<void>;
  /** Of the servers that are ours. */
  pids(): readonly number[];
  /** Lets them outlive this process. */
  keep(): void;
  /** Ends those that are ours. Whatever is left is killed with this process. */
  close(): Promise<void>;
}

export const DEFAULT_WINDOW = 40_960;
export const YARN_WINDOW = 131_072;

/** vLLM 0.30 and later take the window from max_position_embeddings; the code of Qwen2 takes theta from here only. */
const YARN_4 = {
  rope_parameters: {
    rope_type: 'yarn',
    factor: 4.0,
    original_max_position_embeddings: 32_768,
    rope_theta: 1_000_000,
  },
  max_position_embeddings: YARN_WINDOW,
};

const POOLS: readonly VllmTerms[] = [
  { name: 'default', windowTokens: DEFAULT_WINDOW, flags: [] },
  { name: 'yarn-4', windowTokens: YARN_WINDOW, flags: ['--hf-overrides', JSON.stringify(YARN_4)] },
];

/** Rejects with SetUpError. Whatever was started by then ends with this process. */
export async function openServers(signal: AbortSignal): Promise<RealServers> {
  const { VLLM_URL, VLLM_YARN_URL } = process.env;
  if (VLLM_URL !== undefined && VLLM_URL !== '') return runningServers(VLLM_URL, VLLM_YARN_URL);
  checkMemory();
  const install = await installVllm(signal);
  const model = await makeModel(install, signal);
  const running = new Map<string, VllmServer>();
  const kill = (): void => {
    for (const server of running.values()) server.kill();
  };
  process.on('exit', kill);
  const start = async (terms: VllmTerms, port?: number): Promise<VllmServer> => {
    const server = await startVllm(install, model, terms, port);
    running.set(terms.name, server);
    return server;
  };
  const started = await Promise.all(POOLS.map((terms) => start(terms)));
  await waitUntilReady(started, signal);
  const [first, second] = started;
  if (first === undefined || second === undefined) throw new RangeError('two pools are started');
  return {
    default: { url: first.url, process: first },
    yarn: { url: second.url, process: second },
    what: installedVersions(install),
    pids: () => [...running.values()].map(({ pid }) => pid),
    restart: async (server, aborted) => {
      await server.stop();
      const terms = POOLS.find(({ name }) => name === server.name);
      if (terms === undefined) throw new RangeError(`no pool ${server.name}`);
      await waitUntilReady([await start(terms, Number(new URL(server.url).port))], aborted);
    },
    keep: () => void process.off('exit', kill),
    close: async () => {
      await Promise.all([...running.values()].map((server) => server.stop()));
    },
  };
}

async function waitUntilReady(servers: readonly VllmServer[], signal: AbortSignal): Promise<void> {
  const names = servers.map(({ name, url }) => `${name} at ${url}`).join(', ');
  const progress = new Progress(`starting vLLM: ${names} (about 30 s)`);
  try {
    await Promise.all(servers.map((server) => server.ready(signal)));
  } catch (error) {
    progress.clear();
    throw error;
  }
  progress.done('ready');
}

function runningServers(url: string, yarn: string | undefined): RealServers {
  const hasYarn = yarn !== undefined && yarn !== '';
  return {
    default: { url: origin(url), process: null },
    yarn: hasYarn ? { url: origin(yarn), process: null } : null,
    what: `running servers: ${url}${hasYarn ? ` and ${yarn}` : ', no YaRN pool'}`,
    restart: () => Promise.reject(new Error('this server is not ours')),
    pids: () => [],
    keep: () => undefined,
    close: () => Promise.resolve(),
  };
}

function origin(url: string): string {
  return new URL(url).origin;
}
