// One simulated vLLM server on a port.
import { createHash } from 'node:crypto';
import { realClock } from './clock.ts';
import { Engine } from './engine/engine.ts';
import { EngineLoop } from './engine/engine-loop.ts';
import { FaultQueue } from './faults/fault-queue.ts';
import { isServerFault, type ServerFault, type SimFault } from './faults/sim-fault.ts';
import { Door } from './http/door.ts';
import { handle } from './http/handle.ts';
import { EngineMetrics } from './metrics/engine-metrics.ts';
import { settingsOf, type VllmSimOptions, type VllmSimSettings } from './options.ts';
import { SeenRequests } from './seen-requests.ts';
import { Shutdown } from './shutdown.ts';
import type { SimContext } from './sim-context.ts';
import type { SimState } from './sim-state.ts';
import { createProseWriter, createScriptWriter } from './text/answer-writer.ts';
import { acquireCounter, releaseCounter } from './text/shared-counter.ts';

export interface VllmSim {
  readonly url: string;
  readonly port: number;
  readonly settings: VllmSimSettings;
  /** Running and waiting requests, KV use; read it, don't drive it. */
  readonly engine: Engine;
  /** What this server was asked, oldest first. */
  readonly seen: SeenRequests;
  inflict(...faults: SimFault[]): void;
  /** Ends every fault that can end. */
  heal(): void;
  /** What SIGTERM does to a vLLM; resolves when its process would have exited. */
  terminate(): Promise<void>;
  /** As SIGKILL: every connection is reset, the port refuses. */
  kill(): void;
  /** Stops at once and lets go of everything. */
  close(): Promise<void>;
}

export async function startVllmSim(options: VllmSimOptions = {}): Promise<VllmSim> {
  const settings = settingsOf(options);
  const counter = await acquireCounter();
  const { answer, seed } = settings;
  const writer =
    answer.kind === 'prose'
      ? await createProseWriter(counter, { seed, ...answer })
      : await createScriptWriter(counter, answer.script);
  const metrics = new EngineMetrics(settings);
  const engine = new Engine(settings.engine, metrics);
  const loop = new EngineLoop(engine, realClock);
  const state = freshState(settings);
  const door = new Door(settings.host, settings.port, settings.keepAliveMs, (req, res) => {
    void handle(req, res, context);
  });
  const shutdown = new Shutdown({ engine, loop, door, state, timeoutMs: settings.shutdownTimeoutMs });
  const inflict = (fault: SimFault): void => {
    if (isServerFault(fault)) inflictOnServer(fault, state, loop, door, shutdown);
    else state.faults.add(fault);
  };
  const heal = (): void => {
    state.faults.clear();
    Object.assign(state, healthy(settings));
    loop.thaw();
    void door.open();
  };
  const context: SimContext = {
    ...{ settings, counter, writer, engine, loop, metrics, state, inflict, heal },
    fingerprint: fingerprintOf(settings),
  };
  await door.open();
  const loading = settings.startupDelayMs > 0 ? openLater(door, settings.startupDelayMs) : undefined;
  let isClosed = false;
  const kill = (): void => {
    clearTimeout(loading);
    loop.stop();
    door.shut();
    door.drop(true);
  };
  return {
    url: `http://${settings.host}:${door.port}`,
    port: door.port,
    settings,
    engine,
    seen: state.seen,
    inflict: (...faults) => faults.forEach(inflict),
    heal,
    terminate: () => {
      clearTimeout(loading);
      return shutdown.terminate();
    },
    kill,
    async close() {
      clearTimeout(loading);
      loop.stop();
      shutdown.cancel();
      door.shut();
      door.drop(false);
      if (!isClosed) releaseCounter();
      isClosed = true;
    },
  };
}

/** The port is taken, then refuses for the delay: its number is known to the caller before it answers. */
function openLater(door: Door, delayMs: number): NodeJS.Timeout {
  door.shut();
  return setTimeout(() => void door.open(), delayMs);
}

function healthy(
  settings: VllmSimSettings,
): Pick<SimState, 'isHealthy' | 'shownWindowTokens' | 'rendersAsRust'> {
  return {
    isHealthy: true,
    shownWindowTokens: settings.windowTokens,
    rendersAsRust: settings.frontEnd === 'rust',
  };
}

function freshState(settings: VllmSimSettings): SimState {
  return { phase: 'serving', ...healthy(settings), faults: new FaultQueue(), seen: new SeenRequests() };
}

function inflictOnServer(
  fault: ServerFault,
  state: SimState,
  loop: EngineLoop,
  door: Door,
  shutdown: Shutdown,
): void {
  switch (fault.kind) {
    case 'refuse':
      if (fault.on ?? true) door.shut();
      else void door.open();
      return;
    case 'unhealthy':
      state.isHealthy = !(fault.on ?? true);
      return;
    case 'wrong-window':
      state.shownWindowTokens = fault.windowTokens;
      return;
    case 'wrong-tokenizer':
      state.rendersAsRust = fault.on ?? true;
      return;
    case 'freeze':
      if (fault.on ?? true) loop.freeze();
      else loop.thaw();
      return;
    case 'engine-death':
      shutdown.loseEngine();
  }
}

function fingerprintOf({ version, windowTokens, rope }: VllmSimSettings): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([windowTokens, rope]))
    .digest('hex');
  return `vllm-${version}-${hash.slice(0, 8)}`;
}
