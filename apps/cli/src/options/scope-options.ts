// What a plan, a tenant or a key may do, as options.
import { type Command, InvalidArgumentError } from 'commander';
import type { ScopesAnswer } from '../admin/answers.ts';
import type { Setting } from './limit-options.ts';
import { nameList, wholeNumber } from './parse-values.ts';

const ENDPOINTS = ['chat', 'text', 'tokenize', 'route'];

const LISTS = [
  ['models', '--models <ids>', 'models it may use', nameList],
  ['pools', '--pools <names>', 'pools it may use', nameList],
  ['endpoints', '--endpoints <names>', ENDPOINTS.join(', '), endpointList],
  ['cidrs', '--cidrs <ranges>', 'addresses it may call from, as in 10.0.0.0/8,2001:db8::/32', nameList],
] as const;

const TOKENS = [
  ['maxWindowTokens', '--max-window-tokens <count>', 'largest window; 40960 forbids YaRN'],
  ['maxPromptTokens', '--max-prompt-tokens <count>', 'longest prompt'],
  [
    'maxOutputTokens',
    '--max-output-tokens <count>',
    'largest max_tokens; answers without one are capped to it',
  ],
] as const;

export type ScopeOptions = { readonly [Name in (typeof LISTS)[number][0]]?: Setting<readonly string[]> } & {
  readonly [Name in (typeof TOKENS)[number][0]]?: Setting<number>;
} & { readonly allowedFields?: Setting<readonly string[]> };

export const SCOPE_WORDS = 'A scope is names with commas or a count, any (no restriction) or inherit.';

export function addScopeOptions(command: Command): Command {
  for (const [, flag, description, parse] of LISTS)
    command.option(flag, description, settingOf('any', parse));
  for (const [, flag, description] of TOKENS)
    command.option(flag, description, settingOf('any', wholeNumber));
  return command.option(
    '--allowed-fields <names>',
    'body fields that steer the engine it may send, as in priority; or none',
    settingOf('none', nameList),
  );
}

/** `current` with what the options name changed. */
export function withScopes(current: ScopesAnswer, options: ScopeOptions): ScopesAnswer {
  const scopes: ScopesAnswer = { ...current };
  for (const [name] of LISTS) {
    const setting = options[name];
    if (setting === 'inherit') delete scopes[name];
    else if (setting !== undefined) scopes[name] = setting.set === null ? null : [...setting.set];
  }
  for (const [name] of TOKENS) {
    const setting = options[name];
    if (setting === 'inherit') delete scopes[name];
    else if (setting !== undefined) scopes[name] = setting.set;
  }
  const fields = options.allowedFields;
  if (fields === 'inherit') delete scopes.allowedFields;
  else if (fields !== undefined) scopes.allowedFields = [...(fields.set ?? [])];
  return scopes;
}

function settingOf<T>(open: string, parse: (text: string) => T): (text: string) => Setting<T> {
  return (text) => {
    if (text === 'inherit') return 'inherit';
    return { set: text === open ? null : parse(text) };
  };
}

function endpointList(text: string): readonly string[] {
  const names = nameList(text);
  if (names.some((name) => !ENDPOINTS.includes(name)))
    throw new InvalidArgumentError(`Endpoints are ${ENDPOINTS.join(', ')}.`);
  return names;
}
