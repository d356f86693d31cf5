// What a page says about a worker beside the page before it, and beside what we know ourselves.
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

/** The engine has at least the requests we sent there; a page that does not count them is no proof of the contrary. */
export function holdsAll(page: ScrapedPage, ownRequests: number): boolean {
  const { runningRequests, waitingRequests } = page;
  return (
    runningRequests === null || waitingRequests === null || runningRequests + waitingRequests >= ownRequests
  );
}

function wentBack(last: number | null, now: number | null): boolean {
  return last !== null && now !== null && now < last;
}
