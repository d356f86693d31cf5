// The one place a key's text comes out.
import type { AdminOptions } from '../admin/admin-access.ts';
import { newKeyAnswer, understood } from '../admin/answers.ts';
import { print } from '../output/print.ts';
import { fieldTable } from '../output/text-table.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';
import { keyFields } from './key-fields.ts';

/** `remark` stands between the key and its fields. */
export function showNewKey(answer: unknown, options: AdminOptions, terminal: Terminal, remark: string): void {
  const { key: text, ...key } = understood(newKeyAnswer, answer);
  const { id, ...rest } = key;
  if (text === null)
    throw new CommandFailed(
      `the key ${id} was made, but the answer with its text got lost: revoke it (ropeway key revoke ${id}) and make another`,
    );
  print(terminal, options, { id, key: text, ...rest }, () => {
    const fields = fieldTable(terminal, keyFields(key));
    return `The key. It is shown only now:\n  ${text}\n${remark}\n${fields}`;
  });
}
