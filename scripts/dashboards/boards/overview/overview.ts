// The board to open first. Its first row answers: are callers hurt, whose fault is it, which pool?
import { METRICS } from '#telemetry';
import type { Board } from '../../board.ts';
import { HURT } from './hurt.ts';
import { OBJECTIVES } from './objectives.ts';
import { ROUTES } from './routes.ts';
import { SPEED } from './speed.ts';
import { TOKENS } from './tokens.ts';
import { TRAFFIC } from './traffic.ts';

export const OVERVIEW: Board = {
  uid: 'ropeway-overview',
  title: 'Ropeway / Overview',
  answers:
    'Are callers hurt, whose fault is it, which pool? Then: where requests go and why, how fast, how many tokens, what is left of the budgets.',
  variables: [
    { name: 'model', metric: METRICS.poolWindow.name, label: 'model' },
    { name: 'pool', metric: METRICS.poolWindow.name, label: 'pool' },
  ],
  rows: [HURT, TRAFFIC, ROUTES, SPEED, TOKENS, OBJECTIVES],
};
