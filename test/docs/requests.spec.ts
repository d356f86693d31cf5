// docs/requests.md promises what is refused; the parser must keep the promise.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parseCompletion, STEERING_FIELDS } from '#protocol';

const page = readFileSync('docs/requests.md', 'utf8');
const rules = { maxAnswers: 4, allowedFields: new Set<string>() };
const parse = (extra: object) =>
  parseCompletion(
    'chat',
    Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: 'x' }], ...extra })),
    rules,
  );

it('lists exactly the fields that steer the engine', () => {
  const section = page.slice(page.indexOf('## Fields that steer'), page.indexOf('## Headers'));
  const listed = [...section.slice(section.indexOf('hosts:')).matchAll(/`(\w+)`/g)].map(([, field]) => field);
  expect(new Set(listed)).toEqual(new Set(STEERING_FIELDS));
});

it('names every reason a route can have', () => {
  const source = readFileSync('libs/routing/src/route.ts', 'utf8');
  const union = source.slice(
    source.indexOf('export type RouteReason'),
    source.indexOf('export interface Demand'),
  );
  const reasons = [...union.matchAll(/'([\w-]+)'/g)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(3);
  for (const reason of reasons) expect(page).toContain(`\`${reason}\``);
});

it.each([[{ use_beam_search: true }], [{ max_tokens: 0 }], [{ n: 5 }]])('refuses %j as it says', (extra) => {
  expect(() => parse(extra)).toThrow();
});

it.each([[{ documents: [{ text: 'd' }] }], [{ tool_choice: 'none' }], [{ reasoning_effort: 'low' }]])(
  'takes %j as it says',
  (extra) => {
    expect(parse(extra).kind).toBe('chat');
  },
);
