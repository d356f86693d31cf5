export { ensureAdminKey } from './auth/ensure-admin-key.ts';
export { type Control, startControl } from './start/start-control.ts';
