import { expect, it } from '@jest/globals';
import type { GatewayAnswer } from './ask-gateway.ts';
import { SilenceLog } from './silence-log.ts';

const gateway = { id: 'a', url: 'http://10.0.0.7:9090', isReady: true };
const late: GatewayAnswer = { kind: 'late', why: 'did not answer within 2000 ms' };
const refused: GatewayAnswer = { kind: 'refused', why: 'answers 404 to GET /demand' };
const read: GatewayAnswer = { kind: 'read', page: { pools: new Map() } };

function said(...answers: readonly GatewayAnswer[]): readonly string[] {
  const lines: string[] = [];
  const note = (_: unknown, text: string) => void lines.push(text);
  const log = new SilenceLog({ warn: note, info: note });
  for (const answer of answers) log.heard(gateway, answer);
  return lines;
}

it('says each reason once, and that it is over', () => {
  expect(said(read, late, late, refused, read, read, late)).toEqual([
    'the gateway did not answer within 2000 ms',
    'the gateway answers 404 to GET /demand',
    'the gateway answers again',
    'the gateway did not answer within 2000 ms',
  ]);
});
