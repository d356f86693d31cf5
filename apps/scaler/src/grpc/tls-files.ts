// The certificates of the gRPC port, read again while the process runs: cert-manager renews them in place. A bad or half
// written set is passed over, and the good one before it stays.
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { experimental, type ServerCredentials } from '@grpc/grpc-js';
import type { TlsFiles as TlsPaths } from '#config';
import { type CertificateReading, certificateValidity } from '#telemetry';

type CaListener = Parameters<experimental.CertificateProvider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<experimental.CertificateProvider['addIdentityCertificateListener']>[0];

interface Pems {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** null: a client shows no certificate. */
  readonly ca: Buffer | null;
}

interface TlsListener {
  renewed(): void;
  /** The files are bad; said once until they change. */
  refused(why: string): void;
}

/** The kubelet renews a mounted Secret within a minute or two. */
const LOOK_EVERY_MS = 10_000;

export class TlsFiles implements experimental.CertificateProvider {
  readonly #paths: TlsPaths;
  readonly #listener: TlsListener;
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();
  #pems: Pems;
  #refusal: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** Throws a sentence for the operator when the first set is bad. */
  constructor(paths: TlsPaths, listener: TlsListener) {
    this.#paths = paths;
    this.#listener = listener;
    this.#pems = readPems(paths);
  }

  credentials(): ServerCredentials {
    // grpc-js names its parameters the other way round: the first is the server's own certificate.
    const ca = this.#pems.ca === null ? null : this;
    return experimental.createCertificateProviderServerCredentials(this, ca, ca !== null);
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Reads the files again, and takes them if they are others and good. */
  look(): void {
    try {
      const pems = readPems(this.#paths);
      this.#refusal = null;
      if (isSame(pems, this.#pems)) return;
      this.#pems = pems;
      for (const listener of this.#caListeners) this.#tellCa(listener);
      for (const listener of this.#identityListeners) this.#tellIdentity(listener);
      this.#listener.renewed();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== this.#refusal) this.#listener.refused(why);
      this.#refusal = why;
    }
  }

  /** When what is in use ends; for the metrics. */
  reading(): readonly CertificateReading[] {
    const { cert, ca } = this.#pems;
    const own = certificateValidity(cert.toString('latin1'), 'chain');
    const theirs = ca && certificateValidity(ca.toString('latin1'), 'authorities');
    const none = { pool: null, worker: null };
    return [
      ...(own === null ? [] : [{ certificate: 'scaler' as const, ...none, ...own }]),
      ...(theirs === null ? [] : [{ certificate: 'keda-authority' as const, ...none, ...theirs }]),
    ];
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    process.nextTick(() => this.#tellCa(listener));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.add(listener);
    process.nextTick(() => this.#tellIdentity(listener));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.delete(listener);
  }

  #tellCa(listener: CaListener): void {
    listener(this.#pems.ca === null ? null : { caCertificate: this.#pems.ca });
  }

  #tellIdentity(listener: IdentityListener): void {
    listener({ certificate: this.#pems.cert, privateKey: this.#pems.key });
  }
}

/** Throws a sentence that names the setting. */
function readPems({ certFile, keyFile, clientCaFile }: TlsPaths): Pems {
  const cert = readPem('certFile', certFile);
  const key = readPem('keyFile', keyFile);
  const ca = clientCaFile === null ? null : readPem('clientCaFile', clientCaFile);
  try {
    createSecureContext({ cert, key, ...(ca === null ? {} : { ca }) });
  } catch (error) {
    throw new Error(
      `scaler.tls: the files are no certificate with its key (${error instanceof Error ? error.message : error}): check that ${certFile} and ${keyFile} belong together`,
      { cause: error },
    );
  }
  return { cert, key, ca };
}

function readPem(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : 'unreadable';
    throw new Error(`scaler.tls.${setting}: cannot read ${path} (${code}): check the path and its rights`, {
      cause: error,
    });
  }
}

function isSame(a: Pems, b: Pems): boolean {
  if (a.ca === null || b.ca === null) return a.ca === b.ca && a.cert.equals(b.cert) && a.key.equals(b.key);
  return a.ca.equals(b.ca) && a.cert.equals(b.cert) && a.key.equals(b.key);
}
