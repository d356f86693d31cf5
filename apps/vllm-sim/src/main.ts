// `node apps/vllm-sim/src/main.ts --help`: one simulated vLLM server until SIGTERM.
import { Command } from 'commander';
import { optionsOf, simOptions } from './command-options.ts';
import { startVllmSim } from './vllm-sim.ts';

const command = simOptions(new Command('vllm-sim')).parse();
const sim = await startVllmSim(optionsOf(command.opts()));
const { servedNames, windowTokens, rope } = sim.settings;
console.log(
  `vllm-sim: ${servedNames.join(', ')} at ${sim.url}, window ${windowTokens}, rope ${JSON.stringify(rope)}`,
);

// As a real one, it may stay for ever when clients don't let go of silent answers; whoever sent SIGTERM sends SIGKILL.
process.on('SIGTERM', () => void sim.terminate().then(() => process.exit(0)));
process.once('SIGINT', () => void sim.close().then(() => process.exit(0)));
