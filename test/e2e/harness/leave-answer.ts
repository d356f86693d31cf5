import { CHAT, chat, type FrontDoor, open } from './ask.ts';

/** Reads the first frame of an answer and goes. */
export async function leaveAnswer(door: FrontDoor): Promise<void> {
  const leaving = new AbortController();
  const response = await open(door, CHAT, chat('I will be gone', { stream: true }), {
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
}
