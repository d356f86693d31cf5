export { ensureAdminKey } from './auth/ensure-admin-key.ts';
export { adminKeyLine, readAdminKeys } from './auth/read-admin-keys.ts';
export type { ControlLogger, ControlPorts } from './control-ports.ts';
export { type Control, type ControlOptions, startControl } from './start/start-control.ts';
