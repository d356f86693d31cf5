export { explainStartError } from './start/explain-start-error.ts';
export { openState, type State } from './start/open-state.ts';
export { serveUntilSignal } from './start/serve-until-signal.ts';
export { type Gateway, startGateway } from './start/start-gateway.ts';
export { version } from './start/version.ts';
