import { expect, it } from '@jest/globals';
import { shellCommands } from './shell-commands.ts';

it.each<[string, readonly (readonly string[])[]]>([
  ['one two | three --x=1 && four', [['one', 'two'], ['three', '--x=1'], ['four']]],
  ['one \\\n  two\nthree', [['one', 'two'], ['three']]],
  ['one > /dev/null & two   # why', [['one'], ['two']]],
  [`one 'a | b' "c # d" e\\ f`, [['one', 'a | b', 'c # d', 'e f']]],
  [`one -o jsonpath='{.a\\.b}' a#b`, [['one', '-o', 'jsonpath={.a\\.b}', 'a#b']]],
  [
    `one "/x/$(two -l a='b c')/y" | three`,
    [['one', "/x/$(two -l a='b c')/y"], ['three'], ['two', '-l', 'a=b c']],
  ],
])('finds the commands of %j', (text, commands) => {
  expect(shellCommands(text)).toEqual(commands);
});
