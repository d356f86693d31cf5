// The expected refusals of the registry, in one place.
import type * as z from 'zod';
import type { RegistryRefusal, Result } from './registry.ts';

export const done = <T>(value: T): Result<T> => ({ ok: true, value });

export function notFound(what: string): RegistryRefusal {
  return { ok: false, why: 'not_found', message: `There is no ${what}.` };
}

export function conflict(message: string, path?: string): RegistryRefusal {
  return { ok: false, why: 'conflict', message, ...(path === undefined ? {} : { path }) };
}

export function invalid(path: string, message: string): RegistryRefusal {
  return { ok: false, why: 'invalid', path, message };
}

export function noSuchPlan(plan: string): RegistryRefusal {
  return invalid('plan', `there is no plan ${plan}`);
}

export function endsInPast(): RegistryRefusal {
  return invalid('expiresAt', 'is in the past');
}

/** null where the version is the one that was asked for, or any will do. */
export function versionRefusal(version: number, ifVersion: number | null): RegistryRefusal | null {
  if (ifVersion === null || ifVersion === version) return null;
  const message = `It was changed meanwhile: its version is ${version}, not ${ifVersion}.`;
  return { ok: false, why: 'version_mismatch', message };
}

/** The value as the schema gives it, or its first complaint. Whatever checked it before, nothing unchecked is stored. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): Result<z.output<Schema>> {
  const read = schema.safeParse(value);
  if (read.success) return done(read.data);
  const issue = read.error.issues[0];
  return invalid(pathText(issue?.path ?? []), issue?.message ?? 'is not valid');
}

/** `limits.budgets[0].limit` from ['limits', 'budgets', 0, 'limit']. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
