// Who uses it. The one subject with a label for tenants, whose number is bounded.
import type { MetricDefinition } from './metric-definition.ts';

export const TENANT_DEFINITIONS = {
  tenantRequests: {
    name: 'ropeway_tenant_requests_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests that ended, by tenant.',
    labels: ['tenant', 'outcome'],
    whenWrong:
      'One tenant with many `refused` or `client_closed`: talk to them; their log lines have the fault codes.',
  },
  tenantPromptTokens: {
    name: 'ropeway_tenant_prompt_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Prompt tokens of requests sent to a worker, by tenant.',
    labels: ['tenant'],
    whenWrong: 'A tenant far above its share: set or lower its limits.',
  },
  tenantCompletionTokens: {
    name: 'ropeway_tenant_completion_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Tokens generated, by tenant.',
    labels: ['tenant'],
    whenWrong: 'A tenant far above its share: set or lower its limits.',
  },
  tenantLimited: {
    name: 'ropeway_tenant_limited_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests refused by a limit, by tenant.',
    labels: ['tenant'],
    whenWrong: 'The limit is too low for a tenant that may have more, or its client ignores retry-after.',
  },
} as const satisfies Record<string, MetricDefinition>;
