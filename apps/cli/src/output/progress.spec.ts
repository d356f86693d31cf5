import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { withProgress } from './progress.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function watched() {
  const lines: (string | null)[] = [];
  return { lines, terminal: { progress: (line: string | null) => lines.push(line) } };
}

describe('withProgress', () => {
  it('says nothing of what is done within two seconds', async () => {
    const { lines, terminal } = watched();
    const work = withProgress(terminal, 'asking', () => new Promise((resolve) => setTimeout(resolve, 1_900)));
    await jest.advanceTimersByTimeAsync(1_900);
    await work;
    expect(lines).toEqual([]);
  });

  it('says each second what is waited for, and takes it away at the end', async () => {
    const { lines, terminal } = watched();
    const work = withProgress(terminal, 'asking', () => new Promise((resolve) => setTimeout(resolve, 3_500)));
    await jest.advanceTimersByTimeAsync(3_500);
    await work;
    expect(lines).toEqual(['asking … 2 s', 'asking … 3 s', null]);
  });

  it('takes it away when the work fails, too', async () => {
    const { lines, terminal } = watched();
    const work = withProgress(terminal, 'asking', async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      throw new Error('no');
    });
    const failed = expect(work).rejects.toThrow('no');
    await jest.advanceTimersByTimeAsync(2_500);
    await failed;
    expect(lines.at(-1)).toBeNull();
  });
});
