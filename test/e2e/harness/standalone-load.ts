// A bounded load on `npm run up` that touches what the boards show: short and long prompts, streams and plain answers, both
// endpoints, turns with a cached prefix, refusals, a limit hit, a client that leaves, several tenants. What a rate needs
// to be seen is asked for again and again, as traffic is.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Standalone } from '../../servers/start-standalone.ts';
import { ask, CHAT, chat, type FrontDoor, words } from './ask.ts';
import { leaveAnswer } from './leave-answer.ts';
import { LONG_OUTPUT, LONGEST_OUTPUT } from './long-outputs.ts';
import { newDoor } from './new-door.ts';

const ROUNDS = 12;
const ROUND_MS = 1_000;

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
    leaveAnswer(beta),
  ].filter((each) => each !== undefined);
}

async function expectStatus(status: number, answer: ReturnType<typeof ask>): Promise<void> {
  const { status: got, text } = await answer;
  if (got !== status) throw new Error(`answered ${got} instead of ${status}: ${text.slice(0, 500)}`);
}
