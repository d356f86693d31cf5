export type { GatewayList, KnownGateway } from './gateways/gateway-list.ts';
export { type Scaler, type ScalerPorts, startScaler } from './start/start-scaler.ts';
