// The gateway as it is deployed: its own process from dist, a key with a rate limit, counting, routing, metrics, and a
// log line a request into a file. Nothing is switched off for the bench.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyDigest, newKeyToken, tokenText } from '#tenancy';
import { GATEWAY_FLAGS } from '../../../scripts/gateway-flags.mjs';
import { freePort, startChild } from './child.ts';
import { answersQuestion, type ProxyKind, type RunningProxy } from './proxy.ts';
import { SERVED_NAME } from './start-worker.ts';

interface RopewayTerms {
  readonly name?: string;
  /** Names thinking is answered under; the gateway's default is `both`. */
  readonly reasoningNames?: 'both' | 'reasoning';
  readonly windowTokens?: number;
  /** YaRN factor of the pool; 1 is none. */
  readonly factor?: number;
  /** Text of a key the settings know; without it, one is put into the configuration. */
  readonly key?: string;
  /** Sections over those of the bench. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** For profiles: `--cpu-prof` and the like. */
  readonly nodeArgs?: readonly string[];
}

const MAIN = join(import.meta.dirname, '../../../dist/apps/gateway/src/main.js');
export const PEPPER = 'b7Wq2Zk9Xv4Lm8Rt1Yc6Nd3Hf5Jg0SpE';
/** The most a configuration may say: every request is counted against it, none is refused. */
const REQUESTS_PER_MINUTE = 10_000_000;

export function ropewayProxy(terms: RopewayTerms = {}): ProxyKind {
  return {
    name: terms.name ?? 'ropeway',
    async start(tools, worker): Promise<RunningProxy> {
      const [port, opsPort] = [await freePort(), await freePort()];
      const token = newKeyToken('live');
      const pepper = join(tools.folder, 'pepper');
      // In a folder of its own: the gateway watches it, and would look at every line of a log beside it.
      const config = join(mkdtempSync(join(tools.folder, 'config-')), 'ropeway.yaml');
      const digest = keyDigest(PEPPER, token.secret).toString('hex');
      const key = { id: token.id, digest, tenant: 'bench', requestsPerMinute: REQUESTS_PER_MINUTE };
      writeFileSync(pepper, PEPPER, { mode: 0o600 });
      // JSON is YAML.
      writeFileSync(
        config,
        JSON.stringify({
          ...settingsOf(terms, { port, opsPort, origin: worker.origin, key, pepper }),
          ...terms.settings,
        }),
      );
      const headers = [`authorization: Bearer ${terms.key ?? tokenText(token)}`];
      const child = await startChild({
        place: 'proxy',
        command: process.execPath,
        args: [...GATEWAY_FLAGS, ...(terms.nodeArgs ?? []), MAIN, '--config', config],
        logFile: join(tools.folder, `ropeway-${port}.log`),
        isUp: () => answersQuestion(port, headers),
      });
      return { ...child, port, headers };
    },
  };
}

interface Places {
  readonly port: number;
  readonly opsPort: number;
  readonly origin: string;
  readonly key: object;
  readonly pepper: string;
}

function settingsOf(terms: RopewayTerms, { port, opsPort, origin, key, pepper }: Places): object {
  const { reasoningNames = 'both', windowTokens = 40_960, factor = 1 } = terms;
  return {
    server: { host: '127.0.0.1', port },
    ops: { host: '127.0.0.1', port: opsPort },
    log: { level: 'info' },
    models: [{ id: SERVED_NAME, profile: 'qwq' }],
    pools: [
      {
        name: 'default',
        model: SERVED_NAME,
        rope: factor === 1 ? { type: 'default' } : { type: 'yarn', factor },
        windowTokens,
        workers: [origin],
      },
    ],
    keys: [key],
    peppers: [{ version: 1, file: pepper }],
    relay: { reasoningNames },
  };
}
