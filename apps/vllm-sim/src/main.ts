// `node apps/vllm-sim/src/main.ts --help`: one simulated vLLM server until SIGTERM.
import { Command } from 'commander';
import { startVllmSim } from './vllm-sim.ts';

const command = new Command('vllm-sim')
  .description('A faithful stand-in for a vLLM server')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on', Number, 8000)
  .option('--window <tokens>', 'vLLM --max-model-len', Number, 40_960)
  .option('--served-name <names...>', 'vLLM --served-model-name', ['QwQ-32B'])
  .option('--rope <json>', 'rope_parameters of vLLM --hf-overrides', '{"type":"default"}')
  .option('--seed <number>', 'the same seed gives the same answers', Number, 1)
  .option('--prefill-tokens-per-s <number>', 'speed of prefill', Number, 8_000)
  .option('--step-ms <number>', 'time of one decoding step', Number, 25)
  .option('--kv-tokens <number>', 'size of the KV cache', Number, 450_000)
  .parse();
const given = command.opts();

const sim = await startVllmSim({
  host: given.host,
  port: given.port,
  windowTokens: given.window,
  servedNames: given.servedName,
  rope: JSON.parse(given.rope),
  seed: given.seed,
  engine: { prefillTokensPerS: given.prefillTokensPerS, stepMs: given.stepMs, kvTokens: given.kvTokens },
});
console.log(`vllm-sim: ${sim.settings.servedNames.join(', ')} on ${sim.url}`);

const stop = (): void => void sim.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
