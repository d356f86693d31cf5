export type { SimAnswer, SimRope, VllmSimOptions, VllmSimSettings } from './options.ts';
export { startVllmSim, type VllmSim } from './vllm-sim.ts';
