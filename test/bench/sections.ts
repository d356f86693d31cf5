// The sections of the bench: how each is run, and which rows of the summary it fills.
import type { BenchOptions, SectionName } from './bench-options.ts';
import { run as runHistory } from './history.bench.ts';
import { bareProxy } from './load/bare-proxy.ts';
import { everythingProxy } from './load/everything-proxy.ts';
import { compileLoadTools, type LoadTools } from './load/load-tools.ts';
import type { ProxyKind } from './load/proxy.ts';
import { ropewayProxy } from './load/ropeway-proxy.ts';
import { findSmg } from './load/smg-proxy.ts';
import { WARM_UP_CLIENTS } from './load/warm-up.ts';
import { run as runPlain } from './plain.bench.ts';
import {
  type ExactResult,
  exactRows,
  type PlacementResult,
  placementRows,
  type RelayResult,
  relayRows,
  type TelemetryResult,
  type TokenizerResult,
  telemetryRows,
  tokenizerRows,
} from './report/child-rows.ts';
import { type DiscoveryResult, discoveryRows } from './report/discovery-rows.ts';
import { everythingRows } from './report/everything-rows.ts';
import { historyRows } from './report/history-rows.ts';
import { plainRows } from './report/plain-rows.ts';
import {
  type AdmissionResult,
  admissionRows,
  type KeyCheckResult,
  keyCheckRows,
  type LedgerResult,
  ledgerRows,
} from './report/state-rows.ts';
import { streamRows } from './report/streams-rows.ts';
import type { TargetRow } from './report/target-row.ts';
import { tracesRows } from './report/traces-rows.ts';
import { runChildBench } from './run-child-bench.ts';
import { run as runStreams } from './streams.bench.ts';
import { run as runTraces } from './traces.bench.ts';

interface Measured {
  /** The bench's own result, whole. */
  readonly result: object;
  readonly rows: readonly TargetRow[];
}

/** Null: it cannot run on this machine, and why has been said. */
type Section = () => Promise<Measured | null>;

type Sections = Readonly<Record<SectionName, Section>>;

export function buildSections({ quick, peers }: BenchOptions, say: (line: string) => void): Sections {
  let compiled: LoadTools | null | undefined;
  const withTools = async (measure: (tools: LoadTools) => Promise<Measured>) => {
    if (compiled === undefined) compiled = compileLoadTools(say);
    return compiled && measure(compiled);
  };
  let peer: ProxyKind | null | undefined;
  const withPeer = (kinds: readonly ProxyKind[]): readonly ProxyKind[] => {
    if (peer === undefined) peer = peers ? findSmg(say) : null;
    return peer ? [...kinds, peer] : kinds;
  };
  const warmUpClients = quick ? 2 : WARM_UP_CLIENTS;
  const plainTerms = { ...(quick ? { rounds: 1, seconds: 2 } : { rounds: 5, seconds: 4 }), warmUpClients };
  const streamTerms = { ...(quick ? { rounds: 1, seconds: 4 } : { rounds: 3, seconds: 8 }), warmUpClients };
  const oneName = ropewayProxy({ name: 'ropeway, one name', reasoningNames: 'reasoning' });
  return {
    plain: () =>
      withTools(async (tools) => {
        const proxies = withPeer([bareProxy, ropewayProxy()]);
        const result = await runPlain(tools, { ...plainTerms, proxies });
        return { result, rows: plainRows(result) };
      }),
    streams: () =>
      withTools(async (tools) => {
        const proxies = withPeer([bareProxy, ropewayProxy(), oneName]);
        const result = await runStreams(tools, { ...streamTerms, proxies });
        return { result, rows: streamRows(result) };
      }),
    everything: () =>
      withTools(async (tools) => {
        const proxies = [bareProxy, everythingProxy];
        const plain = await runPlain(tools, { ...plainTerms, proxies });
        const streams = await runStreams(tools, { ...streamTerms, proxies });
        const result = { plain, streams };
        return { result, rows: everythingRows(result) };
      }),
    history: () =>
      withTools(async (tools) => {
        const result = await runHistory(tools, { requests: quick ? 5 : 21 });
        return { result, rows: historyRows(result) };
      }),
    exact: async () => {
      const result = await runChildBench<ExactResult>('exact-counts.bench.ts', quick ? ['2000'] : []);
      return { result, rows: exactRows(result) };
    },
    tokenizer: async () => {
      const result = await runChildBench<TokenizerResult>('tokenizer-speed.bench.ts');
      return { result, rows: tokenizerRows(result) };
    },
    placement: async () => {
      const result = await runChildBench<PlacementResult>('placement/main.ts', ['--json']);
      return { result, rows: placementRows(result) };
    },
    telemetry: async () => {
      const result = await runChildBench<TelemetryResult>('telemetry-scrape.bench.ts');
      return { result, rows: telemetryRows(result) };
    },
    traces: () =>
      withTools(async (tools) => {
        const result = await runTraces(tools, plainTerms);
        return { result, rows: tracesRows(result) };
      }),
    discovery: async () => {
      const result = await runChildBench<DiscoveryResult>('discovery-watch.bench.ts');
      return { result, rows: discoveryRows(result) };
    },
    admission: async () => {
      const result = await runChildBench<AdmissionResult>('limits-admission.bench.ts');
      return { result, rows: admissionRows(result) };
    },
    keys: async () => {
      const result = await runChildBench<KeyCheckResult>('key-check.bench.ts');
      return { result, rows: keyCheckRows(result) };
    },
    intents: async () => {
      const result = await runChildBench<LedgerResult>('ledger-intents.bench.ts', quick ? ['1'] : []);
      return { result, rows: ledgerRows(result) };
    },
    relay: async () => {
      const result = await runChildBench<RelayResult>('relay-splice.bench.ts', quick ? ['0.2'] : []);
      return { result, rows: relayRows(result) };
    },
  };
}
