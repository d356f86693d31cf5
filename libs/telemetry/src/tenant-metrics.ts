// The few counters that carry a tenant. Never a histogram and never beside a pool: 200 tenants times anything is large.
import type { Registry } from 'prom-client';
import { CappedLabel } from './capped-label.ts';
import { CounterFamily } from './counter-family.ts';
import { METRICS } from './metric-definitions.ts';
import type { RequestRecord } from './request-record.ts';
import { SeriesCache } from './series-cache.ts';

/** With 200 tenants, 6 pools and 50 workers a scrape must stay below 1 MB (it is 0.4: telemetry-scrape.bench.ts). */
export const DEFAULT_MAX_TENANTS = 200;

const LIMITED: ReadonlySet<string> = new Set([
  'rate_limit_exceeded',
  'insufficient_quota',
  'limit_too_small',
]);

export class TenantMetrics {
  readonly #names: CappedLabel;
  readonly #tenants: SeriesCache<ReturnType<typeof seriesOfTenant>>;

  constructor(registry: Registry, maxTenants: number) {
    this.#names = new CappedLabel(maxTenants, 'other');
    const families = {
      requests: new CounterFamily(registry, METRICS.tenantRequests),
      promptTokens: new CounterFamily(registry, METRICS.tenantPromptTokens),
      completionTokens: new CounterFamily(registry, METRICS.tenantCompletionTokens),
      limited: new CounterFamily(registry, METRICS.tenantLimited),
    };
    this.#tenants = new SeriesCache((tenant) => seriesOfTenant(families, tenant));
  }

  record(record: RequestRecord): void {
    if (record.tenant === null) return;
    const series = this.#tenants.of(this.#names.of(record.tenant));
    series.requests.of(record.outcome).value += 1;
    if (record.dispatchedMs !== null) series.promptTokens.value += record.promptTokens ?? 0;
    series.completionTokens.value += record.completionTokens ?? 0;
    if (record.faultCode !== null && LIMITED.has(record.faultCode)) series.limited.value += 1;
  }
}

interface TenantFamilies {
  readonly requests: CounterFamily<'tenant' | 'outcome'>;
  readonly promptTokens: CounterFamily<'tenant'>;
  readonly completionTokens: CounterFamily<'tenant'>;
  readonly limited: CounterFamily<'tenant'>;
}

function seriesOfTenant(families: TenantFamilies, tenant: string) {
  return {
    requests: new SeriesCache((outcome) => families.requests.series({ tenant, outcome })),
    promptTokens: families.promptTokens.series({ tenant }),
    completionTokens: families.completionTokens.series({ tenant }),
    limited: families.limited.series({ tenant }),
  };
}
