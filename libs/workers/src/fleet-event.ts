// What the fleet tells whoever logs and counts: one closed union, so that a metric's labels are closed sets too.
// Told when something changed, not on every look (but `scraped`, which is one gauge update a page).
import type { WorkerState } from './fleet.ts';
import type { ScrapedPage } from './parse-scrape.ts';

interface OfWorker {
  /** The worker's URL. */
  readonly worker: string;
  readonly pool: string;
}

export type FleetEvent =
  | (OfWorker & {
      readonly kind: 'worker-state';
      readonly from: WorkerState;
      readonly to: WorkerState;
      /** Why, for people; empty when the new state is `ready`. */
      readonly reason: string;
    })
  /** The worker left the fleet: its series may go. */
  | (OfWorker & { readonly kind: 'worker-gone' })
  | (OfWorker & TokenizerFinding)
  | (OfWorker & { readonly kind: 'breaker'; readonly state: 'closed' | 'open' })
  | (OfWorker & { readonly kind: 'stalled'; readonly isStalled: boolean })
  /** It said "queue full"; it is passed over for a second. */
  | (OfWorker & { readonly kind: 'refusing' })
  /** Requests it held were ended by us. */
  | (OfWorker & { readonly kind: 'leases-lost'; readonly leases: number; readonly reason: string })
  | (OfWorker & { readonly kind: 'scraped'; readonly page: ScrapedPage; readonly tookMs: number })
  /** Pages stopped coming; told once until one comes again. */
  | (OfWorker & { readonly kind: 'scrape-failed'; readonly reason: string });

/**
 * What came of comparing counts with the worker's `/tokenize`. `same` and `different` settle it; `absent` (no such
 * path, or closed to us) means the worker is used unchecked; `unanswered` means it is used and asked again.
 */
export interface TokenizerFinding {
  readonly kind: 'tokenizer-check';
  readonly result: 'same' | 'different' | 'absent' | 'unanswered';
  /** Probes that were compared. */
  readonly probes: number;
  /** A sentence for people. */
  readonly detail: string;
}
