// A thousand requests may wait for minutes while a pool wakes: what they hold beyond their bodies is bounded, however long
// their prompts are.
import { expect, it } from '@jest/globals';
import { CHAT, chat, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { heapBytes } from './harness/heap-bytes.ts';
import { head, RawClient } from './harness/raw-client.ts';
import { SleepingPools } from './harness/sleeping-pools.ts';

const REQUESTS = 1_000;
const MOST_BYTES = 50e6;

it('a thousand parked requests take less than 50 MB beyond their bodies, long prompts or short', async () => {
  const short = await parkedBytes(words(100));
  const long = await parkedBytes(words(12_000));
  const figure = ({ body, beyond }: typeof short) =>
    `bodies of ${body} bytes: ${(beyond / 1e6).toFixed(1)} MB beyond them, their ${REQUESTS} clients included`;
  console.info(`${figure(short)}; ${figure(long)}`);
  expect(short.beyond).toBeLessThan(MOST_BYTES);
  expect(long.beyond).toBeLessThan(MOST_BYTES);
}, 300_000);

/** What the heap grows by, with the clients, which are in this process too. */
async function parkedBytes(prompt: string): Promise<{ readonly body: number; readonly beyond: number }> {
  const fleet = await startFleetUnderTest({
    pools: [{ name: 'yarn-4', factor: 4, windowTokens: 131_072 }],
    settings: {
      waiting: { maxTokens: 100_000_000, maxTenantShare: 1 },
      bodies: { inFlightBytes: 1_000_000_000 },
    },
  });
  const pools = new SleepingPools(fleet, ['yarn-4']);
  const bytes = requestBytes(fleet, prompt);
  const clients: RawClient[] = [];
  const parked = (count: number) =>
    eventually(`${count} parked`, async () => (await pools.demand('yarn-4')).parked === count, 120_000);
  const come = async () => {
    const client = await RawClient.open(fleet.url);
    clients.push(client);
    client.send(bytes);
  };
  // The first finds everything that is made once.
  await come();
  await parked(1);
  const before = heapBytes();
  while (clients.length < REQUESTS + 1) await come();
  await parked(REQUESTS + 1);
  const grown = heapBytes() - before;
  for (const client of clients) client.leave();
  await parked(0);
  await fleet.close();
  const body = bodyOf(prompt).length;
  return { body, beyond: grown - REQUESTS * body };
}

function bodyOf(prompt: string): Buffer {
  return Buffer.from(JSON.stringify(chat(prompt, { stream: true })));
}

function requestBytes(fleet: FleetUnderTest, prompt: string): Buffer {
  const body = bodyOf(prompt);
  const lines = [
    'host: a',
    `authorization: Bearer ${fleet.key}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(head(`POST ${CHAT} HTTP/1.1`, lines)), body]);
}
