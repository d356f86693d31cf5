// vLLM 0.33 added `weight_versions` to choices and `kv_transfer_params` to chunks, and names the parameter of an empty
// prompt (observed; test/fixtures/vllm-golden/diff-032-033.txt).
import type { VllmSimSettings } from './options.ts';

export function isSince033({ version }: VllmSimSettings): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > 0 || minor >= 33;
}
