// The load report a client may ask for on answers that do not stream (ORCA's header).
import type { IncomingMessage } from 'node:http';
import type { Engine } from '../engine/engine.ts';

export function loadHeader(req: IncomingMessage, engine: Engine): Readonly<Record<string, string>> {
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
