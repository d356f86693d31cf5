// May only its owner read the admin key?
import { readFileSync, statSync } from 'node:fs';
import { adminKeyText } from '../admin/admin-key-text.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const CHECK = 'admin key file';

export function checkAdminKeyFile(file: string): Finding {
  try {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0)
      return fail(
        CHECK,
        `${file} may be read by others (mode ${mode.toString(8)})`,
        `chmod 600 ${file}, and make a new key if strangers use this machine`,
      );
    const text = readFileSync(file, 'utf8');
    if (adminKeyText(text) === null && !/ sha256:[0-9a-f]{64}\s*$/m.test(text))
      return warn(CHECK, `${file} holds no admin key (rwa_…)`, 'delete it: the next start makes a new one');
    return ok(CHECK, `${file} is readable by its owner alone`);
  } catch (error) {
    const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : error;
    if (code === 'ENOENT')
      return warn(
        CHECK,
        `${file} is not there`,
        'the first start makes it; run doctor where Ropeway runs, or name it with --admin-key-file',
      );
    return warn(CHECK, `${file} cannot be read (${code})`, 'run doctor as the user Ropeway runs as');
  }
}
