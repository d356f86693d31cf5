// One clear line for whoever starts the process: what is wrong, and what to do about it.

export function explainStartError(error: unknown): string {
  if (!(error instanceof Error)) return `ropeway: ${String(error)}`;
  const [code, port, address] = [
    Reflect.get(error, 'code'),
    Reflect.get(error, 'port'),
    Reflect.get(error, 'address'),
  ];
  if (code === 'EADDRINUSE') {
    return `ropeway: port ${port} on ${address} is in use: stop what listens there, or choose another (ROPEWAY_CONTROL_PORT)`;
  }
  if (code === 'EADDRNOTAVAIL')
    return `ropeway: ${address} is not an address of this machine: change control.host`;
  return `ropeway: ${error.message}`;
}
