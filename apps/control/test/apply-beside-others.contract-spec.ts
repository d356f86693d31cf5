// What other administrators, and the rest of the process, notice of a large apply.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DatabaseRegistry, type PartAsk, type RegistryChanges, type RegistryPart } from '#tenancy';
import { onBothDatabases } from '../../../libs/database/testing/both-databases.ts';
import { type ControlUnderTest, controlOver, PEPPER, unique } from './control-under-test.ts';

const TENANTS = 1_000;
/** At a hundred names and rows a statement an apply of so many has some sixty statements. */
const FEWEST_TURNS = 50;
const FEWEST_TICKS = 3;

/** The real one, with something between what an apply has read and what it makes of it. */
class InterruptedRegistry extends DatabaseRegistry {
  interrupt: () => Promise<void> = async () => {};

  override changeMany<Decided extends { readonly changes: RegistryChanges }>(
    actor: string,
    ask: PartAsk,
    decide: (part: RegistryPart) => Promise<Decided>,
  ) {
    return super.changeMany(actor, ask, async (part) => {
      await this.interrupt();
      return decide(part);
    });
  }
}

onBothDatabases('an apply of a thousand tenants', (database) => {
  let registry: InterruptedRegistry;
  let control: ControlUnderTest;
  beforeAll(async () => {
    registry = new InterruptedRegistry({ database: database(), pepper: PEPPER });
    control = await controlOver(database(), { registry });
  });
  afterAll(() => control.close());
  const apply = () => {
    const tenants = Array.from({ length: TENANTS }, () => ({ id: unique('t'), keys: [{ name: 'ci' }] }));
    return control.ask('/admin/apply', { body: { tenants } });
  };

  it('lets a key be revoked before it has ended', async () => {
    const other = unique('other');
    await control.ask('/admin/tenants', { body: { id: other } });
    const { body: key } = await control.ask(`/admin/tenants/${other}/keys`, { body: { name: 'leaked' } });
    let revoked = 0;
    registry.interrupt = async () => {
      revoked = (await control.ask(`/admin/keys/${key.id}/revoke`, { method: 'POST' })).status;
    };
    const applied = await apply();
    registry.interrupt = async () => {};
    expect([revoked, applied.status, applied.body.keys.length]).toEqual([200, 200, TENANTS]);
    expect((await control.ask(`/admin/keys/${key.id}`)).body.state).toBe('revoked');
  });

  it('leaves the event loop its turns, from its first statement to its last', async () => {
    let [turns, ticks, isOver] = [0, 0, false];
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    const timer = setInterval(() => {
      ticks += 1;
    }, 20);
    setImmediate(count);
    const applied = await apply();
    isOver = true;
    clearInterval(timer);
    expect(applied.status).toBe(200);
    expect(turns).toBeGreaterThanOrEqual(FEWEST_TURNS);
    expect(ticks).toBeGreaterThanOrEqual(FEWEST_TICKS);
  });
});
