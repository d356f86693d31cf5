// The load report a client may ask for on answers that do not stream (ORCA's header); the Rust front end has none.
import type { IncomingMessage } from 'node:http';
import type { SimContext } from '../sim-context.ts';

export function loadHeader(
  req: IncomingMessage,
  { engine, settings }: SimContext,
): Readonly<Record<string, string>> {
  if (settings.frontEnd === 'rust') return {};
  const waiting = pythonFloat(engine.waitingCount);
  const usage = pythonFloat(engine.cache.usage);
  switch (req.headers['endpoint-load-metrics-format']) {
    case 'TEXT': {
      const report = `named_metrics.num_requests_waiting=${waiting}, named_metrics.kv_cache_usage_perc=${usage}`;
      return { 'endpoint-load-metrics': `TEXT ${report}` };
    }
    case 'JSON': {
      const report = `{"named_metrics": {"num_requests_waiting": ${waiting}, "kv_cache_usage_perc": ${usage}}}`;
      return { 'endpoint-load-metrics': `JSON ${report}` };
    }
    default:
      return {};
  }
}

function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
