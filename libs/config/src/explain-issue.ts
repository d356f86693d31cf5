// A complaint of the schema library, put into one line a person can act on.
import type * as z from 'zod';
import { type ConfigProblem, pathText } from './config-problem.ts';
import { nearestName } from './nearest-name.ts';
import { namesBelow, settingAt } from './settings.ts';
import { shownChoice, shownMember } from './shown-text.ts';

type Issue = z.core.$ZodIssue;

/** One problem for each wrong place: an issue may name several unknown keys. */
export function explainIssue(issue: Issue): readonly ConfigProblem[] {
  const path = pathText(issue.path.map((part) => (typeof part === 'string' ? shownMember(part) : part)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  return [{ path, wrong: wrongText(issue, path), fix: fixText(issue, path) }];
}

function unknownKey(path: string, key: string): ConfigProblem {
  const known = namesBelow(path.replace(/\[\d+\]/g, '[]'));
  const meant = nearestName(key, known);
  if (meant === key)
    return { path: `${path}.${key}`, wrong: 'does not go with this `type`', fix: 'remove it' };
  return {
    path: path === '' ? shownMember(key) : `${path}.${shownMember(key)}`,
    wrong: 'is not a setting',
    fix: meant === null ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`,
  };
}

function wrongText(issue: Issue, path: string): string {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing';
  const shown = shownValue(issue, path);
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected)}, not ${shown}`;
    case 'too_small':
      if (issue.origin === 'array') return `must have at least ${issue.minimum}`;
      if (issue.origin === 'string') return 'must not be empty';
      return `is ${shown}, must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `must be at most ${issue.maximum} characters`;
      return `is ${shown}, must be at most ${issue.maximum}`;
    case 'invalid_value':
      return `is ${shown}, must be one of ${issue.values.join(', ')}`;
    case 'invalid_union':
      return issue.discriminator === undefined ? issue.message : `must be ${settingAt(path)?.type}`;
    default:
      return issue.message;
  }
}

function fixText(issue: Issue, path: string): string {
  const setting = settingAt(path) ?? settingAt(path.replace(/\[\d+\]$/, ''));
  const unit = setting?.unit ?? '';
  const converted = wantsNumber(issue) ? convertedText(issue.input, unit) : null;
  if (converted !== null)
    return unit === '' ? `write ${converted}` : `write ${converted}: ${setting?.name} is in ${unit}`;
  if (issue.code === 'invalid_value' && typeof issue.input === 'string') {
    const meant = nearestName(issue.input, issue.values.map(String));
    if (meant !== null) return `did you mean \`${meant}\`?`;
  }
  if (setting?.isText && typeof issue.input === 'number') return 'put it in quotes';
  const what = (setting?.description ?? 'see docs/configuration.md').replace(/\.$/, '');
  if (issue.input === undefined && issue.code !== 'custom') return `add it: ${what}`;
  return issue.code === 'too_small' && issue.origin === 'array' ? `add one: ${what}` : what;
}

const WORDS: Readonly<Record<string, string>> = {
  int: 'integer',
  object: 'map',
  record: 'map',
  array: 'list',
};

function withArticle(expected: string): string {
  const word = WORDS[expected] ?? expected;
  return /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;
}

/**
 * What was written, where a number, a yes or no, or one of some words belongs. Anywhere else it may be a password, digits
 * included, or a URL with one, so only its kind is said.
 */
function shownValue(issue: Issue, path: string): string {
  const { input } = issue;
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a map';
  const isShown = wantsChoice(issue) && !/digest|apiKey|pepper|id$/i.test(path);
  if (typeof input === 'string') return isShown ? shownChoice(input) : 'text';
  return isShown || typeof input === 'boolean' ? String(input) : `a ${typeof input}`;
}

function wantsChoice(issue: Issue): boolean {
  if (issue.code === 'too_small' || issue.code === 'too_big') return typeof issue.input === 'number';
  return issue.code === 'invalid_value' || wantsNumber(issue) || wantsBoolean(issue);
}

function wantsNumber(issue: Issue): boolean {
  return issue.code === 'invalid_type' && ['number', 'int'].includes(issue.expected);
}

function wantsBoolean(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'boolean';
}

const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  milliseconds: { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 },
  bytes: {
    b: 1,
    kib: 1_024,
    mib: 1_048_576,
    gib: 1_073_741_824,
    kb: 1_000,
    mb: 1_000_000,
    gb: 1_000_000_000,
  },
  tokens: { k: 1_024 },
};

/** `60s` as 60000, `16MiB` as 16777216: settings take plain numbers in the unit their name ends in. */
function convertedText(value: unknown, unit: string): string | null {
  if (typeof value !== 'string') return null;
  const [, amount, suffix] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim()) ?? [];
  if (amount === undefined || suffix === undefined) return null;
  const factor = suffix === '' ? 1 : FACTORS[unit]?.[suffix.toLowerCase()];
  return factor === undefined ? null : String(Math.round(Number(amount) * factor));
}
