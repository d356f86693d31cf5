// Keeps tenants' prefix caches apart (decisions R7): whoever shares a cache can tell from timing what others have sent.
import { createHmac } from 'node:crypto';
import type { CompletionRequest } from '#protocol';
import type { ServedModel } from '../models/served-model.ts';

/** The salt of the tenant's requests; null shares the cache, or leaves the salt a key may set by itself. */
export function cacheSalt(request: CompletionRequest, model: ServedModel, tenant: string): string | null {
  const own = request.body.value.cache_salt;
  if (model.cacheSaltKey === null || (own !== undefined && own !== null)) return null;
  return createHmac('sha256', model.cacheSaltKey).update(`cache-salt:${tenant}`).digest('base64url');
}
