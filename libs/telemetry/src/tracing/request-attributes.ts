// A request's record in OpenTelemetry's words, where it has some (GenAI and HTTP conventions), else in those of our headers.
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (in development as of 1.37, so names may yet change)
import type { Attributes } from '@opentelemetry/api';
import { foreignText } from '../foreign-text.ts';
import type { RequestRecord } from '../request-record.ts';

const OPERATIONS = { chat: 'chat', text: 'text_completion', tokenize: 'tokenize', route: 'route' } as const;
const PATHS = {
  chat: '/v1/chat/completions',
  text: '/v1/completions',
  tokenize: '/v1/tokenize',
  route: '/v1/route',
} as const;

/** `{operation} {model}`, as the conventions name it. Attributes that are not known are left out. */
export function requestAttributes(record: RequestRecord): {
  readonly name: string;
  readonly attributes: Attributes;
} {
  const operation = OPERATIONS[record.endpoint];
  const name = record.model === null ? operation : `${operation} ${record.model}`;
  const all = {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': 'vllm',
    'gen_ai.request.model': foreignText(record.model),
    'gen_ai.usage.input_tokens': record.promptTokens,
    'gen_ai.usage.output_tokens': record.completionTokens,
    'gen_ai.usage.cache_read.input_tokens': record.cachedTokens,
    'gen_ai.usage.reasoning.output_tokens': record.reasoningTokens,
    'gen_ai.response.finish_reasons': record.finishReason === null ? null : [record.finishReason],
    'http.request.method': 'POST',
    'http.route': PATHS[record.endpoint],
    'http.response.status_code': record.status,
    'error.type': record.outcome === 'failed' ? record.faultCode : null,
    'ropeway.request_id': record.requestId,
    'ropeway.correlation_id': foreignText(record.correlationId),
    'ropeway.tenant': record.tenant,
    'ropeway.key_id': record.keyId,
    'ropeway.pool': record.pool,
    'ropeway.rope': record.rope,
    'ropeway.prompt_tokens': record.promptTokens,
    'ropeway.output_budget': record.outputBudget,
    'ropeway.reason': record.reason,
    'ropeway.outcome': record.outcome,
    'ropeway.fault': record.faultCode,
    'ropeway.attempts': record.attempts,
    'ropeway.stream': record.stream,
    'ropeway.cold': record.isCold,
  };
  const known = Object.entries(all).filter(([, value]) => value !== null);
  return { name, attributes: Object.fromEntries(known) as Attributes };
}
