// A bounded load on `npm run up` that touches what the boards show: short and long prompts, streams and plain answers, both
// endpoints, turns with a cached prefix, refusals, a limit hit, a client that leaves, several tenants. What a rate needs
// to be seen is asked for again and again, as traffic is.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Standalone } from '../../servers/start-standalone.ts';
import { ask, CHAT, chat, type FrontDoor, open, words } from './ask.ts';

const ROUNDS = 12;
const ROUND_MS = 1_000;
/** Of the default pool's 40,960: what makes a request need a longer window without a prompt to be prefilled. */
const LONG_OUTPUT = 45_000;
const LONGEST_OUTPUT = 90_000;

interface Doors {
  readonly acme: FrontDoor;
  readonly beta: FrontDoor;
  /** Allowed one request a minute. */
  readonly small: FrontDoor;
}

/** Resolves when all its requests were answered, or left. Rejects when an answer is none of those it is there for. */
export async function loadStandalone(standalone: Standalone): Promise<void> {
  const doors = {
    acme: await newDoor(standalone, 'acme', {}),
    beta: await newDoor(standalone, 'beta', {}),
    small: await newDoor(standalone, 'small', { requestsPerMinute: 1 }),
  };
  const rounds = Array.from({ length: ROUNDS }, async (_, round) => {
    await sleep(round * ROUND_MS);
    await Promise.all(askRound(doors, round));
  });
  await Promise.all(rounds);
}

function askRound({ acme, beta, small }: Doors, round: number): readonly Promise<unknown>[] {
  const stream = { stream: true, max_tokens: 24 };
  const plain = { max_tokens: 12 };
  const long = { max_tokens: LONG_OUTPUT };
  const longest = { max_tokens: LONGEST_OUTPUT };
  return [
    expectStatus(200, ask(acme, CHAT, chat(`Question ${round}`, stream))),
    expectStatus(200, ask(beta, CHAT, chat(`${words(2_000)} and ${round}`, stream))),
    expectStatus(200, ask(acme, CHAT, chat(`Answer ${round} at once`, plain))),
    expectStatus(200, ask(beta, '/v1/completions', { model: 'qwq-32b', prompt: `Once ${round}`, ...plain })),
    expectStatus(200, ask(acme, CHAT, chat(`${words(6_000)} again`, plain))),
    // The answers themselves are some 250 tokens: they end by themselves.
    round % 4 === 0 ? expectStatus(200, ask(acme, CHAT, chat('Think long', long))) : undefined,
    round % 4 === 1 ? expectStatus(200, ask(beta, CHAT, chat('Think longer', longest))) : undefined,
    round % 4 === 2 ? expectStatus(200, ask(beta, CHAT, chat(`Long ${words(24_000)}`, plain))) : undefined,
    expectStatus(200, ask(acme, '/v1/route', chat('Where to?'))),
    expectStatus(200, ask(acme, '/v1/tokenize', chat('How long?'))),
    expectStatus(400, ask(acme, CHAT, chat('Nothing', { max_tokens: -1 }))),
    expectStatus(404, ask(beta, CHAT, { ...chat(), model: 'no-such-model' })),
    expectStatus(401, ask({ url: acme.url, key: 'rw_live_wrong' }, CHAT, chat())),
    round === 0
      ? expectStatus(200, ask(small, CHAT, chat('Few', plain)))
      : expectStatus(429, ask(small, CHAT, chat('Too many', plain))),
    leave(beta),
  ].filter((each) => each !== undefined);
}

/** Reads the first frame of an answer and goes. */
async function leave(door: FrontDoor): Promise<void> {
  const leaving = new AbortController();
  const response = await open(door, CHAT, chat('I will be gone', { stream: true }), {
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
}

async function expectStatus(status: number, answer: ReturnType<typeof ask>): Promise<void> {
  const { status: got, text } = await answer;
  if (got !== status) throw new Error(`answered ${got} instead of ${status}: ${text.slice(0, 500)}`);
}

async function newDoor(
  { url, adminUrl, adminKey }: Standalone,
  id: string,
  limits: object,
): Promise<FrontDoor> {
  const admin = { url: adminUrl, key: adminKey };
  await expectStatus(201, ask(admin, '/admin/tenants', { id, displayName: id, limits }));
  const made = await ask(admin, `/admin/tenants/${id}/keys`, { name: 'load' });
  return { url, key: made.json<{ key: string }>().key };
}
