// The same metrics in the text of OpenMetrics 1.0, which has exemplars: the trace behind a slow request, on the graph.
// https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
import { type Metric, type OpenMetricsContentType, Registry } from 'prom-client';

/** Registered once; reads what the others read. */
export function openMetricsOf(registry: Registry): Registry<OpenMetricsContentType> {
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray()) open.registerMetric(openMetric(registry, metric.name));
  return open;
}

/** A counter is named without its `_total` there, which prom-client puts behind the name of each sample again. */
function openMetric(registry: Registry, name: string): Metric {
  const metric = registry.getSingleMetric(name) as Metric & { getForPromString?: Metric['get'] };
  const get = async () => {
    const found = await (metric.getForPromString?.() ?? metric.get());
    return String(found.type) === 'counter' ? { ...found, name: found.name.replace(/_total$/, '') } : found;
  };
  // All that the registry asks of a metric (prom-client 15, lib/registry.js).
  return { name, get } as unknown as Metric;
}
