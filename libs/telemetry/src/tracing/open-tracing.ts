// The packages of OpenTelemetry are read here, and only here: where no traces are wanted they cost nothing, not even memory.
import type { Tracing, TracingEvents, TracingOptions } from './tracing.ts';

export async function openTracing(
  options: TracingOptions,
  { version, onLost }: TracingEvents & { readonly version: string },
): Promise<Tracing> {
  const { OtelTracing } = await import('./otel-tracing.ts');
  return new OtelTracing(options, { version, onLost });
}
