import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SAY = join(import.meta.dirname, 'say.ts');
const CODE = `import { progress, progressDone } from ${JSON.stringify(SAY)}; progress("under way"); progressDone("done");`;

/** What a terminal of this kind is sent. */
const onTerminal = (term: string): string =>
  execFileSync('script', ['-qec', `"${process.execPath}" --input-type=module -e '${CODE}'`, '/dev/null'], {
    env: { ...process.env, TERM: term, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });

describe('progress', () => {
  it('is one line that is rewritten on a terminal', () => {
    expect(onTerminal('xterm')).toBe('\r\x1b[2Kunder way\r\x1b[2Kdone\r\n');
  });

  it('is lines without codes on a terminal that knows none', () => {
    expect(onTerminal('dumb')).toBe('done\r\n');
  });
});
