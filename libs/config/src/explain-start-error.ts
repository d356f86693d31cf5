// One clear line for whoever starts the process: what is wrong, and what to do about it.
import { explainFileProblem, type StatePlace } from './explain-file-problem.ts';

/** A thrown object may be anything: its text is cut here. */
const MAX_THROWN_CHARS = 300;

/** The code, or the sentence of a thread that could not start. */
const OUT_OF_DESCRIPTORS = /\bE[MN]FILE\b/;

/** `place`: where this start keeps its state, if its caller chose that by an option. */
export function explainStartError(error: unknown, place?: StatePlace): string {
  // Something of a start that had failed did not close either: why it failed is what has to be mended.
  if (error instanceof SuppressedError) return explainStartError(error.suppressed, place);
  const { code, port, address } = detailsOf(error);
  if (code === 'EADDRINUSE') {
    return `ropeway: port ${port} on ${address} is in use: stop what listens there, or choose another (ROPEWAY_SERVER_PORT for the API, ROPEWAY_OPS_PORT for metrics, ROPEWAY_CONTROL_PORT for the admin API, ROPEWAY_SCALER_PORT for the scaler)`;
  }
  if (code === 'EACCES' && port !== undefined)
    return `ropeway: port ${port} may not be opened by this user: choose one above 1023`;
  if (code === 'EADDRNOTAVAIL')
    return `ropeway: ${address} is not an address of this machine: change server.host, ops.host, control.host or scaler.host`;
  if (OUT_OF_DESCRIPTORS.test(`${code} ${error instanceof Error ? error.message : ''}`))
    return 'ropeway: this process may open no more files and connections (EMFILE): raise its limit, best to 65536 (ulimit -n; LimitNOFILE of systemd)';
  const file = port === undefined ? explainFileProblem(error, place) : null;
  return `ropeway: ${file ?? (error instanceof Error ? error.message : textOf(error))}`;
}

function detailsOf(error: unknown): { code?: string; port?: number; address?: string } {
  return typeof error === 'object' && error !== null ? error : {};
}

/** Emscripten and others throw objects that are no Errors: their message if they have one, else what they hold. */
function textOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return oneLine(String(thrown));
  const { message } = thrown as { message?: unknown };
  return oneLine(
    typeof message === 'string' && message !== '' ? message : (jsonOf(thrown) ?? 'it did not say why'),
  );
}

function jsonOf(thrown: object): string | null {
  try {
    return JSON.stringify(thrown) ?? null;
  } catch {
    // A ring, or a getter that throws: there is nothing to show.
    return null;
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > MAX_THROWN_CHARS ? `${line.slice(0, MAX_THROWN_CHARS)} …` : line;
}
