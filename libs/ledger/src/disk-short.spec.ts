import { expect, it } from '@jest/globals';
import { explainDiskShort } from './disk-short.ts';

const MIB = 1024 ** 2;

it.each([
  [10.9 * MIB, 64 * MIB, '10 MiB left, and new requests are taken from 64 MiB on'],
  [64 * MIB - 1, 64 * MIB, '63 MiB left, and new requests are taken from 64 MiB on'],
  [0, 64 * MIB, '0 MiB left'],
])(
  'says in one line what is there and what is needed, never the same (%d of %d)',
  (freeBytes, neededBytes, said) => {
    const line = explainDiskShort({ folder: '/var/outbox', freeBytes, neededBytes });
    expect(line).toContain(`the disk of the outbox /var/outbox has ${said}`);
    expect(line).toMatch(/^[^\n]*make room on it$/);
  },
);
