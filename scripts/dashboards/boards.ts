// All boards, in the order an operator reads them.
import type { Board } from './board.ts';
import { ENGINES } from './boards/engines/engines.ts';
import { GATEWAY } from './boards/gateway/gateway.ts';
import { OVERVIEW } from './boards/overview/overview.ts';
import { POOLS } from './boards/pools/pools.ts';
import { TENANTS } from './boards/tenants/tenants.ts';

export const BOARDS: readonly Board[] = [OVERVIEW, POOLS, TENANTS, ENGINES, GATEWAY];
