// What every group of checks of the gateway works on.
import type { GatewayProcess } from '../gateway-process.ts';
import type { Report } from '../report.ts';
import type { RealServers } from '../servers/open-servers.ts';

export interface Bench {
  readonly report: Report;
  readonly servers: RealServers;
  readonly gateway: GatewayProcess;
}
