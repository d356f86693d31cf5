// Who uses it, how much, and who runs into limits. The first so many tenants seen have a name here, the rest are `other`.
import { METRICS } from '#telemetry';
import type { Board } from '../../board.ts';
import { LIMITS } from './limits.ts';
import { USE } from './use.ts';

export const TENANTS: Board = {
  uid: 'ropeway-tenants',
  title: 'Ropeway / Tenants',
  answers:
    'Who uses it and how much of it, who is refused by limits and budgets, who leaves before the answer?',
  variables: [{ name: 'tenant', metric: METRICS.tenantRequests.name, label: 'tenant' }],
  rows: [USE, LIMITS],
};
