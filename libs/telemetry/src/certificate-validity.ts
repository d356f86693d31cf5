// From when to when certificates in PEM are valid.
import { X509Certificate } from 'node:crypto';

interface CertificateValidity {
  /** Unix time. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * A chain holds until the first of it ends. Of authorities the one that ends last decides: while one follows another both are
 * in the file, and the old one is meant to end. null where there is none that can be read.
 */
export function certificateValidity(pem: string, of: 'chain' | 'authorities'): CertificateValidity | null {
  const all = [...pem.matchAll(CERTIFICATE)].flatMap(([text]) => read(text));
  const inOrder = all.toSorted((a, b) => a.notAfterMs - b.notAfterMs);
  return inOrder.at(of === 'chain' ? 0 : -1) ?? null;
}

/** One nobody can read is whoever uses it to complain about; here it has no end. */
function read(pem: string): readonly CertificateValidity[] {
  try {
    const { validFromDate, validToDate } = new X509Certificate(pem);
    return [{ notBeforeMs: validFromDate.getTime(), notAfterMs: validToDate.getTime() }];
  } catch {
    return [];
  }
}
