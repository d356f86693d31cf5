export type { ErrorDialect, RequestFault, ServerFault, SimFault } from './faults/sim-fault.ts';
export type { SimAnswer, SimRope, VllmSimOptions, VllmSimSettings } from './options.ts';
export type { SeenRequest, SeenRequests } from './seen-requests.ts';
export { startVllmSim, type VllmSim } from './vllm-sim.ts';
