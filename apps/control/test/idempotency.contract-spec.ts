import { expect, it } from '@jest/globals';
import { newAdminKey } from '#tenancy';
import { controlOver, onBothControls, unique } from './control-under-test.ts';

onBothControls('idempotency keys', (control) => {
  const post = (path: string, body: object, key: string) =>
    control().ask(path, { body, headers: { 'idempotency-key': key } });
  const audited = async (target: string) =>
    (await control().ask(`/admin/audit?target=${target}`)).body.items.length;

  it('answer the same request as before, and do it once', async () => {
    const [id, key] = [unique('acme'), unique('key')];
    const first = await post('/admin/tenants', { id }, key);
    const again = await post('/admin/tenants', { id }, key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect([again.headers.get('etag'), again.headers.get('location')]).toEqual([
      '"1"',
      `/admin/tenants/${id}`,
    ]);
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    expect(await audited(id)).toBe(1);
  });

  it('refuse another body, another path and another condition', async () => {
    const [id, key] = [unique('acme'), unique('key')];
    await post('/admin/tenants', { id }, key);
    const others = [
      await post('/admin/tenants', { id: unique('other') }, key),
      await post(`/admin/tenants/${id}/keys`, { id }, key),
      await control().ask('/admin/tenants', {
        body: { id },
        headers: { 'idempotency-key': key, 'if-match': '"1"' },
      }),
    ];
    for (const { status, body } of others)
      expect([status, body.type]).toEqual([409, 'urn:ropeway:problem:idempotency_mismatch']);
  });

  it('never keep the text of a key: again it is null', async () => {
    const [id, key] = [unique('acme'), unique('key')];
    await control().ask('/admin/tenants', { body: { id } });
    const made = await post(`/admin/tenants/${id}/keys`, { name: 'ci' }, key);
    const again = await post(`/admin/tenants/${id}/keys`, { name: 'ci' }, key);
    expect(made.body.key).toMatch(/^rw_live_/);
    expect(again.body).toEqual({ ...made.body, key: null });
    const kept = await control().database.sql.selectFrom('idempotency').select('body').execute();
    expect(JSON.stringify(kept)).not.toContain(made.body.key.split('_')[3]);
  });

  it('let one of many through that come at once; the others are told to come back', async () => {
    const [id, key] = [unique('acme'), unique('key')];
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/admin/tenants', { id }, key)));
    const late = answers.filter(({ status }) => status === 409);
    for (const { body, headers } of late) {
      expect(body.type).toBe('urn:ropeway:problem:idempotency_in_use');
      expect(headers.get('retry-after')).toBe('1');
    }
    expect(answers.filter(({ status }) => status === 201).length + late.length).toBe(8);
    expect(await audited(id)).toBe(1);
  });

  it('are free again after a refusal, which did nothing', async () => {
    const [id, key] = [unique('acme'), unique('key')];
    expect((await post('/admin/tenants', { id: 'Not An Id' }, key)).status).toBe(400);
    expect((await post('/admin/tenants', { id }, key)).status).toBe(201);
  });

  it('are each admin key’s own', async () => {
    const key = unique('key');
    const other = newAdminKey('admin');
    expect(other.key.id).not.toBe(control().adminKey);
    const second = await controlOver(control().database);
    try {
      const headers = { 'idempotency-key': key };
      expect((await control().ask('/admin/tenants', { body: { id: unique('a') }, headers })).status).toBe(
        201,
      );
      expect((await second.ask('/admin/tenants', { body: { id: unique('b') }, headers })).status).toBe(201);
    } finally {
      await second.close();
    }
  });

  it('say so when the end of a request was never written down, and do not do it again', async () => {
    const [id, key] = [unique('acme'), unique('key')];
    await post('/admin/tenants', { id }, key);
    // As a process leaves it that is killed between the write and the note of its end.
    await control()
      .database.sql.updateTable('idempotency')
      .set({ status: 0, body: '', at: new Date(Date.now() - 600_000) })
      .where('key', '=', key)
      .execute();
    const again = await post('/admin/tenants', { id }, key);
    expect([again.status, again.body.type]).toEqual([409, 'urn:ropeway:problem:idempotency_unknown']);
  });

  it('are forgotten after a day', async () => {
    const key = unique('key');
    await post('/admin/tenants', { id: unique('acme') }, key);
    await control()
      .database.sql.updateTable('idempotency')
      .set({ at: new Date(Date.now() - 25 * 3_600_000) })
      .where('key', '=', key)
      .execute();
    expect((await post('/admin/tenants', { id: unique('acme') }, key)).status).toBe(201);
  });

  it.each(['', 'a b', 'x'.repeat(256), 'é'])('refuse %j as a key', async (key) => {
    const { status } = await post('/admin/tenants', { id: unique('acme') }, key);
    expect(status).toBe(400);
  });

  it('mean nothing for reading', async () => {
    const headers = { 'idempotency-key': unique('key') };
    const read = () => control().ask('/admin/tenants', { headers });
    expect([(await read()).status, (await read()).headers.has('idempotency-replayed')]).toEqual([200, false]);
  });
});
