import { expect, it } from '@jest/globals';
import { explainStartError } from './explain-start-error.ts';

it.each([
  [
    { code: 'EADDRINUSE', port: 8080, address: '127.0.0.1' },
    /port 8080 on 127\.0\.0\.1 .*ROPEWAY_SERVER_PORT/,
  ],
  [{ code: 'EACCES', port: 80 }, /port 80 .*above 1023/],
  [{ code: 'EADDRNOTAVAIL', address: '10.9.8.7' }, /10\.9\.8\.7 is not an address of this machine/],
  [{}, /^ropeway: boom$/],
])('explains %j in one line that names the fix', (details, line) => {
  const text = explainStartError(Object.assign(new Error('boom'), details));
  expect(text).toMatch(line);
  expect(text).not.toContain('\n');
});

it('shows no stack, whatever was thrown', () => {
  expect(explainStartError(new TypeError('boom'))).toBe('ropeway: boom');
  expect(explainStartError('boom')).toBe('ropeway: boom');
  expect(explainStartError(undefined)).toBe('ropeway: undefined');
});

it('takes a file that may not be read for no port', () => {
  const error = Object.assign(new Error("EACCES: permission denied, open 'x'"), { code: 'EACCES' });
  expect(explainStartError(error)).toBe("ropeway: EACCES: permission denied, open 'x'");
});
