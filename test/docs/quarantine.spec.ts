// Why a worker is quarantined is said in the same words by workers, metrics, their page and the runbooks. Neither of the two libs
// imports the other, so this is where they meet.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { LABELS, type WorkerReading } from '#telemetry';
import { QUARANTINE_CAUSES, type QuarantineCause } from '#workers';

type Counted = NonNullable<WorkerReading['quarantine']>;
/** The compiler's part of the test: each is one of the other. */
type AreSame<One, Other> = [One, Other] extends [Other, One] ? true : false;

const RUNBOOKS = ['pool-misdeclared', 'tokenizer-mismatch', 'worker-quarantined'];

it('the metrics have a word for each cause the workers have, and no other', () => {
  const areSame: AreSame<QuarantineCause, Counted> = true;
  expect(areSame).toBe(true);
});

it('the label names each', () => {
  const [, listed = ''] = LABELS.cause.values.split('of a quarantine: ');
  expect([...listed.matchAll(/`([\w-]+)`/g)].map(([, cause]) => cause)).toEqual(QUARANTINE_CAUSES);
});

it('a runbook tells what to do about each', () => {
  const pages = RUNBOOKS.map((name) => readFileSync(`docs/runbooks/${name}.md`, 'utf8')).join('\n');
  for (const cause of QUARANTINE_CAUSES) expect(pages).toContain(`\`${cause}\``);
});
