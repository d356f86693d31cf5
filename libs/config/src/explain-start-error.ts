// One clear line for whoever starts the process: what is wrong, and what to do about it.

export function explainStartError(error: unknown): string {
  if (!(error instanceof Error)) return `ropeway: ${String(error)}`;
  const { code, port, address } = error as Error & { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE') {
    return `ropeway: port ${port} on ${address} is in use: stop what listens there, or choose another (ROPEWAY_SERVER_PORT for the API, ROPEWAY_OPS_PORT for metrics, ROPEWAY_CONTROL_PORT for the admin API, ROPEWAY_SCALER_PORT for the scaler)`;
  }
  if (code === 'EACCES' && port !== undefined)
    return `ropeway: port ${port} may not be opened by this user: choose one above 1023`;
  if (code === 'EADDRNOTAVAIL')
    return `ropeway: ${address} is not an address of this machine: change server.host, ops.host, control.host or scaler.host`;
  return `ropeway: ${error.message}`;
}
