// Does each pool have the workers it needs, and if not, what keeps them?
import { METRICS } from '#telemetry';
import type { Board } from '../../board.ts';
import { NEED } from './need.ts';
import { SCALER } from './scaler.ts';
import { WAITING } from './waiting.ts';
import { WAKING } from './waking.ts';
import { WORKERS } from './workers.ts';

export const POOLS: Board = {
  uid: 'ropeway-pools',
  title: 'Ropeway / Pools and scaling',
  answers:
    'Does each pool have the workers it needs, who waits, what keeps new workers, and does KEDA hear of it?',
  variables: [
    { name: 'model', metric: METRICS.poolWindow.name, label: 'model' },
    { name: 'pool', metric: METRICS.poolWindow.name, label: 'pool' },
  ],
  rows: [NEED, WAITING, WORKERS, WAKING, SCALER],
};
