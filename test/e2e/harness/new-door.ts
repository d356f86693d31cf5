// A caller of a running `npm run up`: a tenant of its own, made through the admin API, and a key of it.
import type { Standalone } from '../../servers/start-standalone.ts';
import { ask, type FrontDoor } from './ask.ts';

export async function newDoor(
  { url, adminUrl, adminKey }: Standalone,
  id: string,
  limits: object,
): Promise<FrontDoor> {
  const admin = { url: adminUrl, key: adminKey };
  const made = await ask(admin, '/admin/tenants', { id, displayName: id, limits });
  if (made.status !== 201) throw new Error(`no tenant ${id}: ${made.status} ${made.text.slice(0, 500)}`);
  const issued = await ask(admin, `/admin/tenants/${id}/keys`, { name: 'load' });
  return { url, key: issued.json<{ key: string }>().key };
}
