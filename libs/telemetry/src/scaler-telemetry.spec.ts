import { afterEach, expect, it } from '@jest/globals';
import { type ScalerReading, ScalerTelemetry } from './scaler-telemetry.ts';

const opened: ScalerTelemetry[] = [];
afterEach(() => {
  for (const telemetry of opened.splice(0)) telemetry.close();
});

function open(reading?: ScalerReading): ScalerTelemetry {
  const telemetry = new ScalerTelemetry({ version: '1.2.3', droppedLines: () => 0 });
  if (reading !== undefined) telemetry.setReading(() => reading);
  opened.push(telemetry);
  return telemetry;
}

async function shown(telemetry: ScalerTelemetry, name: string): Promise<readonly string[]> {
  return (await telemetry.exposition()).body.split('\n').filter((line) => line.startsWith(name));
}

const pool = { name: 'yarn-4', demandTokens: 90_040, kvUsage: 0.5, isActive: true, streams: 1 };

it('shows what KEDA is told, pool by pool', async () => {
  const telemetry = open({ gateways: ['answering', 'answering', 'silent'], isWhole: true, pools: [pool] });
  expect(await shown(telemetry, 'ropeway_scaler_demand')).toEqual([
    'ropeway_scaler_demand_tokens{pool="yarn-4"} 90040',
  ]);
  expect(await shown(telemetry, 'ropeway_scaler_gateways{state="answering"}')).toEqual([
    'ropeway_scaler_gateways{state="answering"} 2',
  ]);
});

it('says that a configuration is refused until one is applied', async () => {
  const telemetry = open();
  const refused = () => shown(telemetry, 'ropeway_config_refused');
  expect(await refused()).toEqual(['ropeway_config_refused 0']);
  telemetry.configReloaded('refused');
  expect(await refused()).toEqual(['ropeway_config_refused 1']);
  telemetry.configReloaded('applied');
  expect(await refused()).toEqual(['ropeway_config_refused 0']);
  expect(await shown(telemetry, 'ropeway_config_reloads_total')).toEqual([
    'ropeway_config_reloads_total{result="applied"} 1',
    'ropeway_config_reloads_total{result="refused"} 1',
  ]);
});

it('shows no demand rather than 0 while it does not know', async () => {
  const telemetry = open({ gateways: ['awaited'], isWhole: false, pools: [pool] });
  for (const name of ['demand', 'kv_usage', 'pool_active']) {
    expect(await shown(telemetry, `ropeway_scaler_${name}`)).toEqual([]);
  }
  expect(await shown(telemetry, 'ropeway_scaler_keda_streams')).toHaveLength(1);
  expect(await shown(telemetry, 'ropeway_scaler_whole')).toEqual(['ropeway_scaler_whole 0']);
});

it('counts polls and answers, and shows every series from the start', async () => {
  const telemetry = open();
  telemetry.polled('late');
  telemetry.answered('IsActive', 'UNAVAILABLE');
  telemetry.answered('IsActive', 'UNAVAILABLE');
  const polls = await shown(telemetry, 'ropeway_scaler_gateway_polls_total{');
  expect(polls).toHaveLength(5);
  expect(polls).toContain('ropeway_scaler_gateway_polls_total{answer="late"} 1');
  const answers = await shown(telemetry, 'ropeway_scaler_answers_total{');
  expect(answers).toHaveLength(16);
  expect(answers).toContain('ropeway_scaler_answers_total{method="IsActive",status="UNAVAILABLE"} 2');
});
