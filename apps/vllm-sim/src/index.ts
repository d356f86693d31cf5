export type { SimFault } from './faults/sim-fault.ts';
export type { VllmSimOptions } from './options.ts';
export { startVllmSim, type VllmSim } from './vllm-sim.ts';
