import { describe, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { aPoolDeclaration } from '../testing/a-pool-declaration.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { LeaseTerms } from './fleet.ts';
import type { FleetEvent } from './fleet-event.ts';
import { DEFAULT_FLEET_OPTIONS } from './fleet-options.ts';
import { parseScrape } from './parse-scrape.ts';
import { Worker } from './worker.ts';
import { workerEndpoint } from './worker-endpoint.ts';

const pool = aPoolDeclaration();
const terms: LeaseTerms = { promptTokens: 1_000, uncachedTokens: 800, demandTokens: 3_000, chain: null };

function aWorker({ isReady = true, isGradual = false } = {}) {
  const clock = new ManualClock();
  const events: FleetEvent[] = [];
  const told = { room: 0, suspect: 0, emptied: 0 };
  const declared = { url: 'http://10.0.0.7:8000' };
  const worker = new Worker(
    { pool, worker: declared, endpoint: workerEndpoint(declared, pool) },
    {
      options: DEFAULT_FLEET_OPTIONS,
      nowMs: () => clock.nowMs(),
      random: () => 1,
      log: (event) => events.push(event),
      roomAppeared: () => {
        told.room += 1;
      },
      suspect: () => {
        told.suspect += 1;
      },
      emptied: () => {
        told.emptied += 1;
      },
    },
  );
  if (isReady) {
    worker.answers();
    worker.becomeReady(isGradual);
  }
  const lease = (changed: Partial<LeaseTerms> = {}) => {
    const taken = worker.lease({ ...terms, ...changed });
    if (taken === null) throw new Error('no lease');
    return taken;
  };
  /** Lets time pass tick by tick; what happens in each tick is the argument. */
  const live = (ms: number, each: () => void = () => {}) => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250);
      each();
      worker.tick(clock.nowMs());
    }
  };
  const kinds = () => events.map((event) => event.kind);
  return { worker, clock, events, kinds, told, lease, live };
}

describe('Worker: what its leases count', () => {
  it('counts a request from its dispatch to its end', () => {
    const { worker, lease } = aWorker();
    const one = lease();
    expect(worker.load).toMatchObject({ requests: 1, promptTokens: 1_000, queuedTokens: 800 });
    expect(worker.load.kvTokensUsed).toBe(1_000);
    one.firstToken();
    one.progress(500);
    expect(worker.load).toMatchObject({ requests: 1, promptTokens: 1_000, queuedTokens: 0 });
    expect(worker.load.kvTokensUsed).toBe(1_500);
    one.release('finished');
    expect(worker.load).toMatchObject({ requests: 0, promptTokens: 0, queuedTokens: 0, kvTokensUsed: 0 });
  });

  it('counts nothing twice, whatever is called how often and when', () => {
    const { worker, lease } = aWorker();
    const one = lease();
    const other = lease();
    one.progress(7);
    one.firstToken();
    one.firstToken();
    one.progress(7);
    one.release('finished');
    one.release('failed');
    one.firstToken();
    one.progress(7);
    expect(worker.load).toMatchObject({ requests: 1, promptTokens: 1_000, queuedTokens: 800 });
    expect(worker.load.kvTokensUsed).toBe(1_000);
    other.release('cancelled');
    expect(worker.load).toMatchObject({ requests: 0, promptTokens: 0, queuedTokens: 0, kvTokensUsed: 0 });
  });

  it('never believes a request to hold more than its demand', () => {
    const { worker, lease } = aWorker();
    const one = lease();
    one.firstToken();
    one.progress(1_000_000);
    expect(worker.load.kvTokensUsed).toBe(3_000);
  });

  it('remembers the prompts it was sent, and forgets them with the process that held them', () => {
    const { worker, lease } = aWorker();
    const chain = { hashes: [1, 2, 3], tokensPerChunk: 256 };
    expect(worker.matchPrefix(chain)).toBe(0);
    lease({ chain });
    expect(worker.matchPrefix(chain)).toBe(3);
    worker.fell('connection refused');
    worker.answers();
    worker.becomeReady(true);
    expect(worker.matchPrefix(chain)).toBe(0);
  });

  it('takes its KV size from its metrics, and says room appeared at a first token and at an end', () => {
    const { worker, lease, told } = aWorker();
    const page = parseScrape('vllm:cache_config_info{block_size="16",num_gpu_blocks="500"} 1\n');
    worker.observe(page, worker.load.own());
    expect(worker.load.kvTokens).toBe(8_000);
    const before = told.room;
    const one = lease();
    one.firstToken();
    one.release('finished');
    expect(told.room - before).toBe(2);
  });

  it('knows how old its metrics are, once it has read them', () => {
    const { worker, live } = aWorker();
    expect(worker.scrapeAgeMs).toBeNull();
    worker.observe(parseScrape('vllm:kv_cache_usage_perc 0.41\n'), worker.load.own());
    expect(worker.scrapeAgeMs).toBe(0);
    live(3_000);
    expect(worker.scrapeAgeMs).toBe(3_000);
  });

  it('shows the KV use the worker said last, until it falls or says nothing for a minute', () => {
    const { worker, live } = aWorker();
    const said = () => worker.observe(parseScrape('vllm:kv_cache_usage_perc 0.41\n'), worker.load.own());
    expect(worker.load.scrapedKvUsage).toBeNull();
    said();
    live(59_000);
    expect(worker.load.scrapedKvUsage).toBe(0.41);
    live(2_000);
    expect(worker.load.scrapedKvUsage).toBeNull();
    said();
    worker.fell('connection refused');
    expect(worker.load.scrapedKvUsage).toBeNull();
  });
});

describe('Worker: when it takes work', () => {
  it('takes none before it is ready, while it is down, quarantined or leaving', () => {
    const { worker } = aWorker({ isReady: false });
    expect(worker.lease(terms)).toBeNull();
    worker.becomeReady(false);
    worker.found({ cause: 'window', reason: 'its window differs' });
    expect(worker.lease(terms)).toBeNull();
    worker.becomeReady(false);
    worker.fell('connection refused');
    expect([worker.state, worker.lease(terms)]).toEqual(['down', null]);
    worker.becomeReady(false);
    worker.leave('no longer declared');
    expect([worker.state, worker.lease(terms)]).toEqual(['draining', null]);
    worker.becomeReady(false);
    expect(worker.state).toBe('draining');
  });

  it('grows its share in a straight line when it comes late, and has it whole at the start', () => {
    expect(aWorker().worker.share).toBe(1);
    const { worker, clock } = aWorker({ isGradual: true });
    expect(worker.share).toBeCloseTo(0.1);
    clock.advance(15_000);
    expect(worker.share).toBeCloseTo(0.55);
    clock.advance(15_000);
    expect(worker.share).toBe(1);
  });

  it('refuses for a second after a queue-full answer, and is not blamed for it', () => {
    const { worker, clock, lease, kinds } = aWorker();
    for (let n = 0; n < 10; n += 1) lease().release('queue-full');
    expect([worker.isRefusing, worker.breaker]).toEqual([true, 'closed']);
    expect(kinds().filter((kind) => kind === 'refusing')).toHaveLength(1);
    clock.advance(1_000);
    expect(worker.isRefusing).toBe(false);
  });

  it('lets one request through a half-open breaker, and asks to be looked at when requests fail', () => {
    const { worker, clock, lease, told } = aWorker();
    for (let n = 0; n < 5; n += 1) lease().release('failed');
    expect([worker.breaker, worker.lease(terms), told.suspect]).toEqual(['open', null, 5]);
    clock.advance(1_000);
    const probe = lease();
    expect(worker.lease(terms)).toBeNull();
    probe.release('finished');
    expect(worker.breaker).toBe('closed');
  });
});

describe('Worker: requests it will never answer', () => {
  it('loses requests without a first token as soon as its port refuses', () => {
    const { worker, lease, events } = aWorker();
    const one = lease();
    worker.fell('connection refused');
    expect(one.lost.reason).toBeInstanceOf(Fault);
    expect(one.lost.reason).toMatchObject({ code: 'worker_failed' });
    expect((one.lost.reason as Fault).message).not.toContain('10.0.0.7');
    expect(events).toContainEqual(expect.objectContaining({ kind: 'leases-lost', leases: 1 }));
    expect(worker.load.requests).toBe(1);
  });

  it('lets a stream go on that still moves though the port refuses, and loses it when it falls silent', () => {
    const { worker, lease, live } = aWorker();
    const one = lease();
    one.firstToken();
    live(1_000, () => one.progress(1));
    worker.fell('connection refused');
    live(60_000, () => one.progress(1));
    expect(one.lost.aborted).toBe(false);
    live(1_750);
    expect(one.lost.aborted).toBe(true);
  });

  it('tells of a silent stream so that its worker is looked at, and does not end it while it answers', () => {
    const { worker, clock, lease, live } = aWorker();
    const one = lease();
    one.firstToken();
    live(1_000, () => one.progress(1));
    expect(worker.tick(clock.nowMs())).toBe(false);
    live(14_000);
    expect(worker.tick(clock.nowMs())).toBe(true);
    expect(one.lost.aborted).toBe(false);
  });

  it('lets what runs finish when it leaves, unless it is silent for fifteen seconds after its first token', () => {
    const { worker, lease, live, told } = aWorker();
    const moving = lease();
    const silent = lease();
    const waiting = lease();
    moving.firstToken();
    silent.firstToken();
    worker.leave('its pod is terminating');
    live(14_500, () => moving.progress(1));
    expect([moving, silent, waiting].map((one) => one.lost.aborted)).toEqual([false, false, false]);
    live(1_000, () => moving.progress(1));
    expect([moving, silent, waiting].map((one) => one.lost.aborted)).toEqual([false, true, false]);
    for (const one of [moving, silent, waiting]) one.release('finished');
    expect(told.emptied).toBe(1);
  });

  it('loses everything when its pod is gone', () => {
    const { worker, lease, live } = aWorker();
    const one = lease();
    one.firstToken();
    live(250, () => one.progress(1));
    worker.vanish('its pod is gone');
    expect(one.lost.aborted).toBe(true);
  });

  it('is stalled while it answers and nothing moves, and forgiven at the first token', () => {
    const { worker, lease, live, events } = aWorker();
    const one = lease();
    one.firstToken();
    live(16_000);
    expect(worker.isStalled).toBe(true);
    one.progress(1);
    live(250);
    expect(worker.isStalled).toBe(false);
    expect(events.filter((event) => event.kind === 'stalled')).toHaveLength(2);
    expect(worker.share).toBeLessThan(1);
  });
});

describe('Worker: barred by its declaration', () => {
  it('takes nothing although it was found right, and keeps what runs and what is known of it', () => {
    const { worker, lease } = aWorker();
    const chain = { hashes: [1, 2, 3], tokensPerChunk: 16 };
    const running = lease({ chain });
    const { endpoint } = worker;
    const pause = 'its pod is not Ready';
    expect(worker.redeclare({ pool, endpoint, worker: { url: worker.id, pause } })).toBe(false);
    // A look that was under way when it was declared so.
    worker.becomeReady(true);
    worker.found({ cause: 'key', reason: 'another reason' });
    expect(worker).toMatchObject({ state: 'down', reason: pause });
    expect(worker.lease(terms)).toBeNull();
    expect(running.lost.aborted).toBe(false);
    expect(worker.redeclare({ pool, endpoint, worker: { url: worker.id } })).toBe(true);
    worker.becomeReady(true);
    expect(worker.state).toBe('ready');
    expect(worker.matchPrefix(chain)).toBe(3);
  });

  it('forgets what was known when its process died meanwhile', () => {
    const { worker, lease } = aWorker();
    const chain = { hashes: [1, 2, 3], tokensPerChunk: 16 };
    lease({ chain }).release('finished');
    const { endpoint } = worker;
    worker.redeclare({
      pool,
      endpoint,
      worker: { url: worker.id, defect: { cause: 'labels', reason: 'wrong label' } },
    });
    worker.fell('connection refused');
    expect(worker).toMatchObject({ state: 'quarantined', reason: 'wrong label', quarantine: 'labels' });
    worker.redeclare({ pool, endpoint, worker: { url: worker.id } });
    worker.becomeReady(true);
    expect(worker.matchPrefix(chain)).toBe(0);
  });
});

describe('Worker: what its metrics tell', () => {
  const page = (text: string) => parseScrape(`vllm:generation_tokens_total{} ${text}\n`);

  it('shows another process by counters that went back', () => {
    const { worker } = aWorker();
    expect(worker.observe(page('100'), worker.load.own())).toBe(true);
    expect(worker.observe(page('150'), worker.load.own())).toBe(true);
    expect(worker.observe(page('3'), worker.load.own())).toBe(false);
  });

  it('does not take a page without counters for another process', () => {
    const { worker } = aWorker();
    worker.observe(page('100'), worker.load.own());
    expect(worker.observe(parseScrape(''), worker.load.own())).toBe(true);
  });

  it('does not take the first page after a fall for a restart', () => {
    const { worker } = aWorker();
    worker.observe(page('100'), worker.load.own());
    worker.fell('connection refused');
    expect(worker.observe(page('3'), worker.load.own())).toBe(true);
  });

  it('finds a worker that drops our requests and works on those of others', () => {
    const { worker, lease, live } = aWorker();
    lease();
    lease();
    let tokens = 0;
    const busy = (running: number) => () => {
      tokens += 1;
      const page = `vllm:generation_tokens_total{} ${tokens}\nvllm:prompt_tokens_total{} 1\n`;
      const requests = `vllm:num_requests_running{} ${running}\nvllm:num_requests_waiting{} 0\n`;
      worker.observe(parseScrape(page + requests), worker.load.own());
    };
    live(60_000, busy(2));
    expect(worker.isStalled).toBe(false);
    live(17_000, busy(1));
    expect(worker.isStalled).toBe(true);
  });

  it('judges no stall by a page without counters', () => {
    const { worker, clock, lease, live } = aWorker();
    lease();
    live(120_000, () => worker.observe(parseScrape('http_requests_total 1\n'), worker.load.own()));
    expect(worker.isStalled).toBe(false);
    const counters = 'vllm:generation_tokens_total{} 1\nvllm:prompt_tokens_total{} 1\n';
    live(17_000, () => worker.observe(parseScrape(counters), worker.load.own()));
    expect(worker.isStalled).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('corrects nothing with a page that is too old', () => {
    const { worker, live } = aWorker();
    worker.observe(parseScrape('vllm:kv_cache_usage_perc{} 0.5\n'), worker.load.own());
    expect(worker.load.kvTokensUsed).toBe(50_000);
    live(5_500);
    expect(worker.load.kvTokensUsed).toBe(0);
  });
});
