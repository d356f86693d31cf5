// Plans, as the registry reads and writes them.
import type { Kysely } from 'kysely';
import type { Schema } from '#database';
import { planInputSchema } from './plan-schema.ts';
import { limitsSchema } from './plan-schema-limits.ts';
import { planNameSchema } from './plan-schema-names.ts';
import { scopesSchema } from './plan-schema-scopes.ts';
import type { Listed, PageAsk, Plan, PlanInput, Result } from './registry.ts';
import { readPage } from './registry-cursor.ts';
import { checked, conflict, done, invalid, notFound, versionRefusal } from './registry-refusals.ts';
import { planOf } from './registry-rows.ts';
import { isSame, type RegistryWrite, writeAudit } from './registry-write.ts';

/** By name. */
export function readPlans(db: Kysely<Schema>, ask: PageAsk): Promise<Listed<Plan>> {
  return readPage({
    list: 'plans',
    ask,
    keyOf: ({ name }) => [name],
    isKey: ([name, ...rest]) => rest.length === 0 && planNameSchema.safeParse(name).success,
    read: (after, count) => {
      const query = db.selectFrom('plan').selectAll().orderBy('name').limit(count);
      return (after === null ? query : query.where('name', '>', after[0] ?? '')).execute();
    },
    itemOf: planOf,
  });
}

export async function readPlan(db: Kysely<Schema>, name: string): Promise<Plan | null> {
  const row = await db.selectFrom('plan').selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? null : planOf(row);
}

export async function setPlan(
  write: RegistryWrite,
  name: string,
  input: PlanInput,
  ifVersion: number | null,
): Promise<Result<Plan>> {
  if (!planNameSchema.safeParse(name).success) return invalid('name', 'is not the name of a plan');
  const read = checked(planInputSchema, input);
  if (!read.ok) return read;
  const limits = limitsSchema.parse(read.value.limits ?? {});
  const scopes = scopesSchema.parse(read.value.scopes ?? {});
  const before = await readPlan(write.trx, name);
  const refusal = versionRefusal(before?.version ?? 0, ifVersion);
  if (refusal !== null) return refusal;
  if (before !== null && isSame([before.limits, before.scopes], [limits, scopes])) return done(before);
  const after = await storePlan(write, name, { limits, scopes }, before);
  const action = before === null ? 'plan.create' : 'plan.update';
  await writeAudit(write, { action, target: name, tenant: null, before, after });
  return done(after);
}

export async function deletePlan(
  write: RegistryWrite,
  name: string,
  ifVersion: number | null,
): Promise<Result<Plan>> {
  const before = await readPlan(write.trx, name);
  if (before === null) return notFound(`plan ${name}`);
  const refusal = versionRefusal(before.version, ifVersion);
  if (refusal !== null) return refusal;
  const user = await write.trx
    .selectFrom('tenant')
    .select('id')
    .where('plan', '=', name)
    .limit(1)
    .executeTakeFirst();
  if (user !== undefined) return conflict(`The plan ${name} is in use, for one by the tenant ${user.id}.`);
  await write.trx.deleteFrom('plan').where('name', '=', name).execute();
  await writeAudit(write, { action: 'plan.delete', target: name, tenant: null, before, after: null });
  return done(before);
}

async function storePlan(
  { trx, at }: RegistryWrite,
  name: string,
  policy: Required<PlanInput>,
  before: Plan | null,
): Promise<Plan> {
  const documents = {
    limits: JSON.stringify(policy.limits),
    scopes: JSON.stringify(policy.scopes),
    updated_at: at,
  };
  const row =
    before === null
      ? await trx
          .insertInto('plan')
          .values({ name, ...documents, created_at: at })
          .returningAll()
          .executeTakeFirstOrThrow()
      : await trx
          .updateTable('plan')
          .set({ ...documents, version: before.version + 1 })
          .where('name', '=', name)
          .returningAll()
          .executeTakeFirstOrThrow();
  return planOf(row);
}
