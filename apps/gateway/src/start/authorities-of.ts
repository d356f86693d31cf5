// When the authorities this gateway trusts end. Those of Node itself and of the system come with their updates.
import { getCACertificates } from 'node:tls';
import type { RopewayConfig } from '#config';
import { type CertificateReading, certificateValidity } from '#telemetry';

/** `extra`: what NODE_EXTRA_CA_CERTS names, in PEM. */
export function authoritiesOf(
  { pools, redis }: Pick<RopewayConfig, 'pools' | 'redis'>,
  extra: string = getCACertificates('extra').join('\n'),
): readonly CertificateReading[] {
  return [
    ...pools.flatMap(({ name, ca }) => authority('pool-authority', name, ca)),
    ...authority('redis-authority', null, redis?.ca ?? null),
    ...authority('extra-authority', null, extra),
  ];
}

function authority(
  certificate: CertificateReading['certificate'],
  pool: string | null,
  pem: string | null,
): readonly CertificateReading[] {
  const validity = pem === null ? null : certificateValidity(pem, 'authorities');
  return validity === null ? [] : [{ certificate, pool, worker: null, ...validity }];
}
