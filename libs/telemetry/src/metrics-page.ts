// docs/metrics.md as text, made from the definitions so that it cannot say anything else.
import { LABELS, METRICS, type MetricDefinition, type MetricId } from './metric-definitions.ts';

const GROUPS: Readonly<Record<string, readonly MetricId[]>> = {
  'Requests and routes': [
    'requests',
    'faults',
    'routeDecisions',
    'spills',
    'retries',
    'inFlight',
    'waiting',
    'streams',
  ],
  'Tokens and windows': [
    'promptTokens',
    'completionTokens',
    'reasoningTokens',
    'cachedTokens',
    'demand',
    'headroom',
    'promptCountDifferences',
    'tokenizerMismatches',
  ],
  Times: ['firstToken', 'interToken', 'duration', 'queue', 'overhead', 'tokenizer', 'bodyRead'],
  Tenants: ['tenantRequests', 'tenantPromptTokens', 'tenantCompletionTokens', 'tenantLimited'],
  'Pools and workers': [
    'poolWindow',
    'workerState',
    'workerQuarantine',
    'breakerState',
    'workerShare',
    'workerRefusing',
    'workerStalled',
    'workerRequests',
    'workerQueuedTokens',
    'workerKvUsed',
    'workerKvCapacity',
    'workerScrapeAge',
    'poolComing',
    'poolStuck',
  ],
  'Waiting and waking': [
    'parkedRequests',
    'parkedTokens',
    'parkedBytes',
    'parkedOldest',
    'parkingRefusals',
    'outstandingTokens',
    'poolActivation',
    'poolActivationAge',
    'coldStart',
    'waitingMax',
  ],
  Discovery: ['discoverySynced', 'discoveryAge', 'discoveryLists', 'discoveryFailures', 'discoveryIgnored'],
  'Limits, ledger and keys': [
    'limiterLocal',
    'limiterGateways',
    'limiterErrors',
    'ledgerWaiting',
    'ledgerMaxRows',
    'ledgerOpen',
    'ledgerFull',
    'ledgerDatabaseAway',
    'ledgerDelivered',
    'keysAge',
    'keysOfflineMax',
    'keyLookups',
    'keysOffline',
    'answersCut',
  ],
  'The scaler': [
    'scalerGateways',
    'scalerPolls',
    'scalerWhole',
    'scalerDemand',
    'scalerKvUsage',
    'scalerActive',
    'scalerStreams',
    'scalerAnswers',
  ],
  'The process': [
    'eventLoopLag',
    'eventLoopUtilization',
    'gcSeconds',
    'cpuSeconds',
    'residentBytes',
    'heapUsedBytes',
    'externalBytes',
    'bodyBytes',
    'logLinesDropped',
    'traceSpans',
    'tracesDropped',
    'configReloads',
    'configRefused',
    'configApplied',
    'certificateNotBefore',
    'certificateNotAfter',
    'startTime',
    'buildInfo',
  ],
};

export function metricsPage(): string {
  const groups = Object.entries(GROUPS).map(([title, ids]) => groupSection(title, ids.map(definitionOf)));
  return `${[INTRODUCTION, ...groups, bucketSection(), labelSection(), READING].join('\n\n')}\n`;
}

const INTRODUCTION = `# Metrics

Made from \`libs/telemetry/src/definitions\` by \`npm run docs\`; a test compares
the two. Each process answers its own on its ops port (9090) at \`/metrics\`, in Prometheus' text format: the gateway all but
those of the scaler, the scaler its own, those of finding pods (its gateways), of its configuration, certificates and log, and of the process. Base units: seconds, bytes, tokens. A request is counted once, when it ends, however many workers were tried. How to read the times: at the end.`;

const READING = `## How the times are taken

All on the gateway's monotonic clock, from the moment the request's headers were read (its arrival) to its end (the last
byte handed to the socket, or the refusal).

- **Total** = end - arrival.
- **Body read** = arrival to the last byte of the body. It is the caller's network.
- **Queue** = waiting for room on a worker, added up over every time it waited.
- **Worker** = from handing the request to a worker to that worker's last byte, added up over attempts.
- **Gateway overhead** = total - body read - queue - worker, never below 0. It holds identifying, parsing, counting, routing
  and writing. A caller that reads slowly makes the worker's part longer (back-pressure), not this one.
- **Time to first token** = arrival to the first frame with a token, waiting and failed attempts included. Streams only:
  an answer in one piece has no first token.
- **Inter-token time** = (end - first token) / (completion tokens - 1), one observation an answer.

Times of requests that failed or whose caller left are not in \`ropeway_request_seconds\`,
\`ropeway_gateway_overhead_seconds\` and \`ropeway_inter_token_seconds\`: they would make a bad day look fast.`;

function definitionOf(id: MetricId): MetricDefinition {
  return METRICS[id];
}

function groupSection(title: string, definitions: readonly MetricDefinition[]): string {
  const rows = definitions.map(({ name, type, labels, help, whenWrong }) => [
    code(name),
    type,
    labels.map(code).join(' '),
    help,
    whenWrong,
  ]);
  return `## ${title}\n\n${table(['metric', 'type', 'labels', 'meaning', 'what to do when it looks wrong'], rows)}`;
}

function bucketSection(): string {
  const rows = Object.values(METRICS).flatMap((definition: MetricDefinition) => {
    const { name, buckets } = definition;
    return buckets === undefined ? [] : [[code(name), buckets.bounds.join(', '), buckets.because]];
  });
  return `## Buckets\n\n${table(['histogram', 'upper bounds', 'why these'], rows)}`;
}

function labelSection(): string {
  const rows = Object.entries(LABELS).map(([label, { values, bound }]) => [code(label), values, bound]);
  return `## Labels\n\nClosed sets: never a key, a prompt or a request id.\n\n${table(['label', 'values', 'at most'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
