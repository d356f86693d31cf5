export type { Gateway } from './start/gateway.ts';
export { openState, type State } from './start/open-state.ts';
export { serveUntilSignal } from './start/serve-until-signal.ts';
export { startGateway } from './start/start-gateway.ts';
