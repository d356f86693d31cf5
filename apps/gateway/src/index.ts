export { openState, type State } from './start/open-state.ts';
export { serveUntilSignal } from './start/serve-until-signal.ts';
export { type Gateway, startGateway } from './start/start-gateway.ts';
