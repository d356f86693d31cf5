// Loaded first into every Node process that stands for a pod: names of Services mean what the harness says. Its file is
// read anew for every name, since Services come and go.
import dns from 'node:dns';
import { readFileSync } from 'node:fs';

const { ROPEWAY_TEST_NAMES: file = '', ROPEWAY_TEST_NAMESPACE: namespace = '' } = process.env;
const original = dns.lookup;

function addressOf(name) {
  const names = JSON.parse(readFileSync(file, 'utf8'));
  return names[name.includes('.') ? name : `${name}.${namespace}`];
}

dns.lookup = (name, ...rest) => {
  const address = addressOf(name);
  if (address === undefined) return original.call(dns, name, ...rest);
  const callback = rest.at(-1);
  const isAll = rest.length > 1 && rest[0]?.all === true;
  process.nextTick(() => (isAll ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)));
};
