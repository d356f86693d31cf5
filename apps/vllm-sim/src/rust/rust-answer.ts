// A whole answer as vLLM's Rust front end writes it: what only Python's has is left out, the fingerprint is null (observed
// on 0.32).
const absent = new Set([
  ...['service_tier', 'prompt_text', 'metrics'],
  ...['refusal', 'annotations', 'audio', 'function_call'],
  ...['routed_experts', 'weight_versions', 'permission'],
]);

export function rustAnswer(answer: unknown): string {
  return JSON.stringify(answer, leaner);
}

/** A number under such a name is the log-probability of a token that is spelled so. */
function leaner(key: string, value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (key === 'system_fingerprint') return null;
  return absent.has(key) ? undefined : value;
}
