// vllm:cache_config_info: every field of vLLM's CacheConfig as a label, of which readers use the block counts.
import type { Engine } from '../engine/engine.ts';
import type { VllmSimSettings } from '../options.ts';
import type { Labels } from './series.ts';

export function cacheConfigLabels(engine: Engine, settings: VllmSimSettings): Labels {
  const { blockTokens } = engine.options;
  const blocks = engine.cache.capacityBlocks;
  const tokens = blocks * blockTokens;
  return {
    ...fixed,
    engine: '0',
    block_size: String(blockTokens),
    effective_attention_block_size: String(blockTokens),
    num_gpu_blocks: String(blocks),
    kv_cache_size_tokens: String(tokens),
    kv_cache_max_concurrency: String(tokens / settings.windowTokens),
    // 256 KiB a token: 64 layers x 8 KV heads x 128 x 2 (K and V) x 2 bytes, QwQ-32B's config.json.
    kv_cache_memory_bytes: String(tokens * 262_144),
  };
}

/** As a 0.32 server with default flags shows them. */
const fixed: Labels = {
  _block_size_resolved: 'True',
  cache_dtype: 'auto',
  cache_hit_alignment_tokens: 'None',
  enable_mamba_shared_prefix_checkpoint: 'False',
  enable_prefix_caching: 'True',
  gpu_memory_utilization: '0.92',
  hash_block_size: 'None',
  is_attention_free: 'False',
  kv_cache_dtype_skip_layers: '[]',
  kv_cache_layout: 'None',
  kv_offloading_backend: 'native',
  kv_offloading_size: 'None',
  kv_sharing_fast_prefill: 'False',
  mamba_block_size: 'None',
  mamba_cache_dtype: 'auto',
  mamba_cache_mode: 'none',
  mamba_page_size_padded: 'None',
  mamba_ssm_cache_dtype: 'float32',
  num_cpu_blocks: 'None',
  num_gpu_blocks_override: 'None',
  prefix_cache_retention_interval: '0',
  prefix_caching_hash_algo: 'sha256',
  prefix_match_unit: 'None',
  replayssm_buffer_len: '16',
  skip_page_size_padded: 'None',
  sliding_window: 'None',
  swa_bounded_replay: 'True',
  use_kda_recoverssm: 'False',
  use_replayssm: 'False',
  user_specified_block_size: 'False',
};
