// What two pages of one worker, one after the other, say about it.
import type { ScrapedPage } from './parse-scrape.ts';

/** The engine did something: tokens came, a prompt was finished, requests came or went, KV was taken or freed. */
export function hasMoved(last: ScrapedPage, page: ScrapedPage): boolean {
  return (
    last.generationTokens !== page.generationTokens ||
    last.promptTokens !== page.promptTokens ||
    last.kvUsage !== page.kvUsage ||
    last.runningRequests !== page.runningRequests ||
    last.waitingRequests !== page.waitingRequests
  );
}

/** Counters only go up, but for a new process. A counter that one of the pages lacks says nothing. */
export function hasRestarted(last: ScrapedPage, page: ScrapedPage): boolean {
  return (
    wentBack(last.promptTokens, page.promptTokens) || wentBack(last.generationTokens, page.generationTokens)
  );
}

function wentBack(last: number | null, now: number | null): boolean {
  return last !== null && now !== null && now < last;
}
