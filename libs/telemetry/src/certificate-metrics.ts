// When certificates end, so that somebody renews them before: those in files of ours, and those workers show.
import type { Registry } from 'prom-client';
import { eachWorker, type FleetReading } from './fleet-metrics.ts';
import { METRICS } from './metric-definitions.ts';
import { type DefinitionWith, watchGauge } from './watched-metrics.ts';

export interface CertificateReading {
  readonly certificate:
    | 'worker'
    | 'scaler'
    | 'pool-authority'
    | 'redis-authority'
    | 'keda-authority'
    | 'extra-authority';
  /** null: of no pool, of no worker. */
  readonly pool: string | null;
  readonly worker: string | null;
  /** Unix time. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export function watchCertificates(registry: Registry, read: () => readonly CertificateReading[]): void {
  const gauge = (
    definition: DefinitionWith<'certificate' | 'pool' | 'worker'>,
    value: (reading: CertificateReading) => number,
  ) =>
    watchGauge(registry, definition, (set) => {
      for (const one of read()) {
        const { certificate, pool, worker } = one;
        set({ certificate, pool: pool ?? 'none', worker: worker ?? 'none' }, value(one) / 1_000);
      }
    });
  gauge(METRICS.certificateNotBefore, ({ notBeforeMs }) => notBeforeMs);
  gauge(METRICS.certificateNotAfter, ({ notAfterMs }) => notAfterMs);
}

/** Of the certificates workers showed. */
export function workerCertificates(fleet: FleetReading): readonly CertificateReading[] {
  const shown: CertificateReading[] = [];
  eachWorker(fleet, (pool, { id, certificate }) => {
    if (certificate != null) shown.push({ certificate: 'worker', pool, worker: id, ...certificate });
  });
  return shown;
}
