// Paths that vLLM's Rust front end has not (observed on 0.32).
const missing = new Set(['/ping', '/invocations']);

export function isMissingInRust(path: string): boolean {
  return missing.has(path) || path.endsWith('/render');
}
