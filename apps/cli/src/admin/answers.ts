// The admin API's answers as far as the commands read them. Fields we do not know are kept: `--json` prints all there is.
import * as z from 'zod';
import { CommandFailed } from '../terminal.ts';

/** Throws CommandFailed when an answer is not what this version expects. */
export function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { success, data, error } = schema.safeParse(answer);
  if (success) return data;
  const [issue] = error.issues;
  throw new CommandFailed(
    `the admin API answered something this ropeway does not understand (${issue?.path.join('.')}: ${issue?.message}): are both of one version?`,
  );
}

const budget = z.looseObject({ period: z.string(), unit: z.string(), limit: z.number() });
const rate = z.number().nullable().optional();

const limitsAnswer = z.looseObject({
  requestsPerMinute: rate,
  tokensPerMinute: rate,
  inputTokensPerMinute: rate,
  outputTokensPerMinute: rate,
  concurrentRequests: rate,
  concurrentKvTokens: rate,
  budgets: z.array(budget).optional(),
});
export type LimitsAnswer = z.infer<typeof limitsAnswer>;

const names = z.array(z.string()).nullable().optional();
const scopesAnswer = z.looseObject({
  models: names,
  pools: names,
  maxWindowTokens: rate,
  maxPromptTokens: rate,
  maxOutputTokens: rate,
  endpoints: names,
  cidrs: names,
  allowedFields: z.array(z.string()).optional(),
});
export type ScopesAnswer = z.infer<typeof scopesAnswer>;

const granted = { limits: limitsAnswer, scopes: scopesAnswer, version: z.number() };

export const planAnswer = z.looseObject({ name: z.string(), ...granted, updatedAt: z.string() });
export type PlanAnswer = z.infer<typeof planAnswer>;

export const tenantAnswer = z.looseObject({
  id: z.string(),
  displayName: z.string(),
  plan: z.string().nullable(),
  ...granted,
  timeZone: z.string(),
  isStrict: z.boolean(),
  isPrepaid: z.boolean(),
  suspendedAt: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type TenantAnswer = z.infer<typeof tenantAnswer>;

export const keyAnswer = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  lineage: z.string(),
  name: z.string(),
  environment: z.string(),
  ...granted,
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  replacedBy: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  state: z.string(),
  createdAt: z.string(),
});
export type KeyAnswer = z.infer<typeof keyAnswer>;

/** Secret: `key` is the text of it, shown this once; null when the first answer got lost on its way. */
export const newKeyAnswer = keyAnswer.extend({ key: z.string().nullable() });

export const auditAnswer = z.looseObject({
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  tenant: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
});
export type AuditAnswer = z.infer<typeof auditAnswer>;

export function pageOf<Item>(item: z.ZodType<Item>) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
