// Of limits and scopes, what the options change: each as a whole, made from what is there, or not at all.
import type { LimitsAnswer, ScopesAnswer } from '../admin/answers.ts';
import { type LimitOptions, withLimits } from './limit-options.ts';
import { type ScopeOptions, withScopes } from './scope-options.ts';

interface Grant {
  readonly limits: LimitsAnswer;
  readonly scopes: ScopesAnswer;
}

export function grantChanges(current: Grant, options: LimitOptions & ScopeOptions): Partial<Grant> {
  const limits = withLimits(current.limits, options);
  const scopes = withScopes(current.scopes, options);
  return {
    ...(isSame(limits, current.limits) ? {} : { limits }),
    ...(isSame(scopes, current.scopes) ? {} : { scopes }),
  };
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
