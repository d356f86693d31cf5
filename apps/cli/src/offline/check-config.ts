// The work of `ropeway config check`.
import { ConfigError, loadConfig, type RopewayConfig } from '#config';
import { print } from '../output/print.ts';
import { counted } from '../output/words.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';

export function checkConfig(file: string, options: { readonly json?: boolean }, terminal: Terminal): void {
  try {
    const config = loadConfig({ file, env: terminal.env });
    print(terminal, options, { ok: true, problems: [] }, () => `${file} is good: ${summary(config)}.`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (options.json) terminal.out(JSON.stringify({ ok: false, problems: error.problems }, null, 2));
    throw new CommandFailed(error.message);
  }
}

function summary({ models, pools, keys }: RopewayConfig): string {
  const workers = pools.reduce((sum, pool) => sum + pool.workers.length, 0);
  const counts = [
    counted(models.length, 'model'),
    counted(pools.length, 'pool'),
    counted(workers, 'worker'),
    counted(keys.length, 'key'),
  ];
  return counts.join(', ');
}
