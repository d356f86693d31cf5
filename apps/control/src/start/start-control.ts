// Builds the admin API over the ports it is given and lets it listen. Used by main.ts, by the standalone app and by the tests:
// there is one way to start it. The ports stay whole when it is closed; they belong to whoever made them.

import type { AddressInfo } from 'node:net';
import { Lifecycle } from '#telemetry';
import type { AdminKey } from '#tenancy';
import { AdminKeys } from '../auth/admin-keys.ts';
import type { ControlPorts } from '../control-ports.ts';
import { createApp } from '../http/create-app.ts';

export interface ControlOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** As ensureAdminKey reads them. */
  readonly adminKeys: readonly AdminKey[];
  /** CIDRs of proxies whose `x-forwarded-for` is believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Wrong admin keys an address may try in a minute. */
  readonly failedPerMinute?: number;
}

export interface Control {
  /** Origin, as in `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Not ready from now on; then waits for what runs, up to the limit, and closes. True when nothing was cut off. */
  drain(limitMs?: number): Promise<boolean>;
  /** Closes at once. */
  close(): Promise<void>;
}

const FAILED_PER_MINUTE = 60;
/** What runs may take so long: a CSV export of a large ledger takes seconds; Kubernetes gives 30 s by default. */
const DRAIN_LIMIT_MS = 25_000;

export async function startControl(
  options: ControlOptions,
  ports: Omit<ControlPorts, 'lifecycle'>,
): Promise<Control> {
  const { host, port, adminKeys, trustedProxies = [], failedPerMinute = FAILED_PER_MINUTE } = options;
  const lifecycle = new Lifecycle();
  const admins = new AdminKeys({ keys: adminKeys, failedPerMinute });
  const app = await createApp({ ...ports, lifecycle }, { admins, trustedProxies });
  await using closing = new AsyncDisposableStack();
  closing.defer(async () => {
    const closed = app.close();
    app.getHttpServer().closeAllConnections();
    await closed;
  });
  await app.listen(port, host);
  const kept = closing.move();
  // A second signal closes what is draining; the drain then closes, too.
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= kept.disposeAsync();
    return closed;
  };
  return {
    url: urlOf(app.getHttpServer().address(), host),
    close,
    drain: async (limitMs = DRAIN_LIMIT_MS) => {
      const isDone = await lifecycle.drain(limitMs);
      await close();
      return isDone;
    },
  };
}

function urlOf(address: string | AddressInfo | null, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
