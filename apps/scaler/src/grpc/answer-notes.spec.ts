import { expect, it } from '@jest/globals';
import { AnswerNotes } from './answer-notes.ts';

function notes() {
  const [counted, said]: [string[], string[]] = [[], []];
  const answered = (method: string, status: string) => void counted.push(`${method} ${status}`);
  const warn = (fields: object, text: string) => void said.push(`${JSON.stringify(fields)} ${text}`);
  return { notes: new AnswerNotes({ answered }, { warn }), counted, said };
}

const ref = (name: string) => ({ name, namespace: 'ropeway', scalerMetadata: {} });
const refusal = { isGiven: false, status: 'NOT_FOUND', sentence: 'no pool is called `x`' } as const;

it('says once which ScaledObject is wrong and why, and counts each time', () => {
  const { notes: taken, counted, said } = notes();
  taken.refused('IsActive', refusal, ref('a'));
  taken.refused('GetMetricSpec', refusal, ref('a'));
  taken.refused('IsActive', refusal, ref('b'));
  expect(counted).toEqual(['IsActive NOT_FOUND', 'GetMetricSpec NOT_FOUND', 'IsActive NOT_FOUND']);
  expect(said).toEqual([
    '{"scaledObject":"ropeway/a"} KEDA asks what cannot be answered: no pool is called `x`',
    '{"scaledObject":"ropeway/b"} KEDA asks what cannot be answered: no pool is called `x`',
  ]);
});

it('blames nobody for what we do not know', () => {
  const { notes: taken, counted, said } = notes();
  taken.refused('IsActive', { isGiven: false, status: 'UNAVAILABLE', sentence: 'not known' }, ref('a'));
  taken.given('IsActive');
  expect([counted, said]).toEqual([['IsActive UNAVAILABLE', 'IsActive OK'], []]);
});

it('does not remember without bound', () => {
  const { notes: taken, said } = notes();
  for (let at = 0; at <= 1_000; at++) taken.refused('IsActive', refusal, ref(`so-${at}`));
  taken.refused('IsActive', refusal, ref('so-0'));
  expect(said).toHaveLength(1_002);
});
