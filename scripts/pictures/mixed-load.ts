// Traffic for the pictures: what callers of three tenants send in a day, in minutes. It swells and ebbs, so that lines have a
// shape, and holds what the boards show: short and long prompts, streams, both endpoints, refusals, callers that leave.
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, CHAT, chat, type FrontDoor, words } from '../../test/e2e/harness/ask.ts';
import { leaveAnswer } from '../../test/e2e/harness/leave-answer.ts';
import { LONG_OUTPUT, LONGEST_OUTPUT } from '../../test/e2e/harness/long-outputs.ts';
import { newDoor } from '../../test/e2e/harness/new-door.ts';
import type { Standalone } from '../../test/servers/start-standalone.ts';

const ROUND_MS = 500;
/** Requests a round at the height of a swell: what the simulated workers of one machine answer without falling behind. */
const MOST = 7;
const SWELL_MS = 75_000;
/** A long request holds much of a pool of one worker for seconds: every so many, else the rest waits behind them. */
const HEAVY_EACH = 19;

type Request = (round: number) => Promise<unknown>;
interface Requests {
  readonly light: readonly Request[];
  readonly heavy: readonly Request[];
}

/**
 * Sends for so long. Gives how many were sent, and a promise of their ends. Answers are not looked at: tests do that.
 */
export async function sendMixedLoad(standalone: Standalone, durationMs: number) {
  const { light, heavy } = requestsOf({
    research: await newDoor(standalone, 'research', {}),
    support: await newDoor(standalone, 'support', {}),
    trial: await newDoor(standalone, 'trial', { requestsPerMinute: 6 }),
  });
  const sent: Promise<unknown>[] = [];
  const rounds = Math.ceil(durationMs / ROUND_MS);
  for (let round = 0; round < rounds; round++) {
    for (let nth = 0; nth < requestsIn(round); nth++) {
      const isHeavy = sent.length % HEAVY_EACH === HEAVY_EACH - 1;
      const from = isHeavy ? heavy : light;
      const request = from[Math.floor(sent.length / (isHeavy ? HEAVY_EACH : 1)) % from.length];
      if (request) sent.push(request(round).catch(() => undefined));
    }
    await sleep(ROUND_MS);
  }
  return { requests: sent.length, ended: Promise.all(sent) };
}

/** Between one and the most, in swells. */
export function requestsIn(round: number): number {
  const phase = (2 * Math.PI * round * ROUND_MS) / SWELL_MS;
  return 1 + Math.round(((MOST - 1) * (1 - Math.cos(phase))) / 2);
}

function requestsOf(doors: Readonly<Record<'research' | 'support' | 'trial', FrontDoor>>): Requests {
  const { research, support, trial } = doors;
  const stream = { stream: true, max_tokens: 48 };
  const plain = { max_tokens: 24 };
  const short: Request = (round) => ask(support, CHAT, chat(`Question ${round}`, stream));
  const page: Request = (round) => ask(research, CHAT, chat(`${words(1_500)} and ${round}`, stream));
  const light: readonly Request[] = [
    short,
    page,
    (round) => ask(support, CHAT, chat(`Answer ${round} at once`, plain)),
    (round) =>
      ask(research, '/v1/completions', { model: 'qwq-32b', prompt: `Once upon a time ${round}`, ...plain }),
    short,
    () => ask(research, CHAT, chat(`${words(6_000)} again`, plain)),
    (round) => ask(trial, CHAT, chat(`Try ${round}`, stream)),
    short,
    page,
    () => ask(support, '/v1/tokenize', chat('How long is it?')),
    () => leaveAnswer(support),
    short,
    () => ask(support, '/v1/route', chat('Where to?')),
    (round) => ask(support, CHAT, chat(`Nothing ${round}`, { max_tokens: -1 })),
    short,
    page,
    () => ask(support, CHAT, { ...chat(), model: 'no-such-model' }),
    short,
    (round) => ask(research, CHAT, chat(`Page ${round} ${words(3_000)}`, plain)),
    short,
    page,
    () => ask({ url: support.url, key: 'rw_live_wrong' }, CHAT, chat()),
    page,
  ];
  const heavy: readonly Request[] = [
    () => ask(research, CHAT, chat('Think long', { max_tokens: LONG_OUTPUT })),
    (round) => ask(research, CHAT, chat(`${round} ${words(20_000)}`, plain)),
    () => ask(support, CHAT, chat('Think longer', { max_tokens: LONGEST_OUTPUT })),
    (round) => ask(research, CHAT, chat(`${round} ${words(42_000)}`, plain)),
  ];
  return { light, heavy };
}
