// What happened to the three requests, one column each, in 80 columns of text.
import Table from 'cli-table3';
import type { Asked } from './ask.ts';

export function demoTable(asked: readonly Asked[]): string {
  const table = new Table({
    head: ['', ...asked.map(({ title }) => title)],
    style: { head: [], border: [] },
  });
  const row = (label: string, cell: (one: Asked) => string): void => {
    table.push([label, ...asked.map(cell)]);
  };
  row(
    'prompt tokens',
    (one) => `${number(one.promptTokens)}${one.promptTokens === one.countedByWorker ? '' : ' (!)'}`,
  );
  row('output budget', (one) => number(one.outputBudget));
  row('pool', (one) => one.pool);
  row('rope', (one) => one.rope);
  row('why', (one) => one.reason);
  row('first token', (one) => `${(one.firstTokenMs / 1000).toFixed(2)} s`);
  row('tokens/s', (one) => one.tokensPerSecond.toFixed(1));
  row('usage', (one) => `${number(one.countedByWorker)} + ${number(one.completionTokens)}`);
  return table.toString();
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** What must hold of each: counted as the worker counted, placed as the length asks, ended by itself. Empty = all right. */
export function demoProblems(asked: readonly Asked[]): readonly string[] {
  const expected = ['default', 'yarn-2', 'yarn-4'];
  return asked.flatMap((one, at) => [
    ...(one.promptTokens === one.countedByWorker
      ? []
      : [`${one.title}: counted ${one.promptTokens}, the worker ${one.countedByWorker}`]),
    ...(one.pool === expected[at] ? [] : [`${one.title}: went to ${one.pool}, not ${expected[at]}`]),
    ...(one.finishReason === 'stop' ? [] : [`${one.title}: ended with ${one.finishReason || 'nothing'}`]),
  ]);
}
