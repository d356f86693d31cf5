// GET /v1/models
import { randomBytes } from 'node:crypto';
import type { VllmSimSettings } from '../options.ts';
import { nowS } from './request-id.ts';

export function modelList(settings: VllmSimSettings, windowTokens: number): object {
  return {
    object: 'list',
    data: settings.servedNames.map((id) => ({
      id,
      object: 'model',
      created: nowS(),
      owned_by: settings.frontEnd === 'rust' ? 'vllm-frontend-rs' : 'vllm',
      root: `models/${settings.servedNames[0] ?? id}`,
      parent: null,
      max_model_len: windowTokens,
      permission: [
        {
          id: `modelperm-${randomBytes(8).toString('hex')}`,
          object: 'model_permission',
          created: nowS(),
          allow_create_engine: false,
          allow_sampling: true,
          allow_logprobs: true,
          allow_search_indices: false,
          allow_view: true,
          allow_fine_tuning: false,
          organization: '*',
          group: null,
          is_blocking: false,
        },
      ],
    })),
  };
}
