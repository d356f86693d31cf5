// Inside our own processes, and what they rest on: Redis, the database, the API server of Kubernetes.
import type { Board } from '../../board.ts';
import { DISCOVERY } from './discovery.ts';
import { LOOP } from './loop.ts';
import { MEMORY } from './memory.ts';
import { RUNNING } from './running.ts';
import { STATE } from './state.ts';
import { STEPS } from './steps.ts';

export const GATEWAY: Board = {
  uid: 'ropeway-gateway',
  title: 'Ropeway / Gateway internals',
  answers:
    'Is a gateway short of CPU or memory, and is something it rests on away: Redis, the database, the API server?',
  variables: [],
  rows: [LOOP, MEMORY, STEPS, STATE, DISCOVERY, RUNNING],
};
