// Label matchers whose values are checked by the compiler: where LABELS lists what a label may hold,
// another value does not compile.
import type { LABELS, LabelName } from '#telemetry';

export interface Matcher<Value extends string = string> {
  readonly operator: '=' | '!=' | '=~' | '!~';
  /** One for = and !=. */
  readonly values: readonly Value[];
}

/** The words between backticks. */
type Ticked<Text extends string> = Text extends `${string}\`${infer Word}\`${infer Rest}`
  ? Word | Ticked<Rest>
  : never;
type ListedValues<Label extends LabelName> = (typeof LABELS)[Label]['bound'] extends `${number}${string}`
  ? Ticked<(typeof LABELS)[Label]['values']>
  : never;

/** What a label may hold: its list, or any text where configuration decides. vLLM's labels are not ours to list. */
export type ValueOf<Label extends string> = Label extends LabelName
  ? [ListedValues<Label>] extends [never]
    ? string
    : ListedValues<Label>
  : string;

export function is<const Value extends string>(value: Value): Matcher<Value> {
  return { operator: '=', values: [value] };
}

export function isNot<const Value extends string>(value: Value): Matcher<Value> {
  return { operator: '!=', values: [value] };
}

export function isAmong<const Value extends string>(...values: readonly Value[]): Matcher<Value> {
  return { operator: '=~', values };
}

/** For labels whose values configuration decides; a listed label takes it only where the expression is one of its values. */
export function isLike<const Pattern extends string>(pattern: Pattern): Matcher<Pattern> {
  return { operator: '=~', values: [pattern] };
}

export function written(label: string, { operator, values }: Matcher): string {
  return `${label}${operator}"${values.join('|')}"`;
}
