// Brings a proxy to where it is after days: to clients that come and leave, not to one long client.
//
// Whoever leaves does so in the middle of a request. The first such ends take paths that V8 has not seen, and it throws away the
// compiled code of most of the pipeline; some thousand requests later it is compiled anew, until the next end of a new kind.
// After a dozen ends there are none left. Rounds of the gateway after one client of 10 s cost 112, 108, 100, 97, 95, 94, 92, 90, 88 us
// an answer; the bare relay has little code and 2 % from its first round to its best.

/** Enough for the last of them to change nothing that can be told from chance. */
export const WARM_UP_CLIENTS = 12;
export const WARM_UP_SECONDS = 2;

/** Uncounted. `run` is one client that leaves after so many seconds. */
export async function warmUp(clients: number, run: (seconds: number) => Promise<unknown>): Promise<void> {
  for (let client = 0; client < clients; client++) await run(WARM_UP_SECONDS);
}
