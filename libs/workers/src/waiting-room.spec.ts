import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.ts';
import { WaitingRoom } from './waiting-room.ts';

/** Lets everything that was resolved run, and everything that is to run soon after it. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const never = new AbortController().signal;

/** Requests that wait, look for one of so many free places, and wait again when there is none. */
function aRoom() {
  const clock = new ManualClock();
  const room = new WaitingRoom({ tickMs: 250 }, { clock, soon: setImmediate });
  const places = { free: 0 };
  const served: string[] = [];
  let looks = 0;
  const come = async (name: string, pools = ['default'], canUse = () => true) => {
    const who = {};
    for (;;) {
      await room.wait(pools, never, who);
      looks += 1;
      if (places.free > 0 && canUse()) {
        places.free -= 1;
        room.placeTaken();
        return void served.push(name);
      }
    }
  };
  return { room, clock, places, served, come, looks: () => looks };
}

describe('WaitingRoom', () => {
  it('serves first come first', async () => {
    const { room, places, served, come } = aRoom();
    for (const name of ['a', 'b', 'c', 'd']) void come(name);
    for (let n = 0; n < 4; n += 1) {
      places.free += 1;
      room.roomAppeared('default');
      await settled();
    }
    expect(served).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps the place of whoever was woken and found no room', async () => {
    const { room, places, served, come } = aRoom();
    for (const name of ['a', 'b', 'c']) void come(name);
    room.roomAppeared('default');
    await settled();
    places.free = 3;
    room.roomAppeared('default');
    await settled();
    expect(served).toEqual(['a', 'b', 'c']);
  });

  it('wakes no herd: one event and one place let few of a long line look', async () => {
    const { room, places, served, come, looks } = aRoom();
    for (let n = 0; n < 500; n += 1) void come(String(n));
    places.free = 1;
    room.roomAppeared('default');
    await settled();
    expect(served).toEqual(['0']);
    expect(looks()).toBeLessThanOrEqual(9);
  });

  it('wakes no herd of requests that neither take the room nor come back', async () => {
    const { room, looks } = aRoom();
    let woken = 0;
    for (let n = 0; n < 500; n += 1) {
      void room.wait(['default'], never, {}).then(() => {
        woken += 1;
      });
    }
    room.roomAppeared('default');
    await settled();
    expect(woken).toBeLessThanOrEqual(8);
    expect(looks()).toBe(0);
    room.close();
  });

  it('serves as many as there is room for after one event', async () => {
    const { room, places, served, come } = aRoom();
    for (let n = 0; n < 10; n += 1) void come(String(n));
    places.free = 6;
    room.roomAppeared('default');
    await settled();
    expect(served).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('gives room that appears while later ones look to the first in line', async () => {
    const { room, places, served, come, looks } = aRoom();
    for (const name of ['a', 'b', 'c', 'd', 'e']) void come(name);
    room.roomAppeared('default');
    // They look in vain, one after the other; room appears when two of them have.
    while (looks() < 2) await new Promise((resolve) => setImmediate(resolve));
    places.free = 1;
    room.roomAppeared('default');
    await settled();
    expect(served).toEqual(['a']);
  });

  it('gives room that grew without a word to the first in line', async () => {
    const { clock, places, served, come } = aRoom();
    for (let n = 0; n < 20; n += 1) void come(String(n));
    for (let tick = 0; tick < 2; tick += 1) {
      clock.advance(250);
      await settled();
    }
    places.free = 2;
    clock.advance(250);
    await settled();
    expect(served).toEqual(['0', '1']);
  });

  it('passes room on that the first in line cannot use', async () => {
    const { room, places, served, come } = aRoom();
    void come('too large', ['default'], () => false);
    void come('small');
    places.free = 1;
    room.roomAppeared('default');
    await settled();
    expect(served).toEqual(['small']);
  });

  it('wakes nobody for a pool they do not wait for', async () => {
    const { room, come, looks } = aRoom();
    void come('a', ['yarn-2', 'yarn-4']);
    room.roomAppeared('default');
    await settled();
    expect(looks()).toBe(0);
    room.roomAppeared('yarn-4');
    await settled();
    expect(looks()).toBe(1);
  });

  it('lets everybody of a line that nobody can serve look in turn, whatever was missed', async () => {
    const { clock, places, served, come } = aRoom();
    for (let n = 0; n < 40; n += 1) void come(String(n), ['default'], () => n === 39);
    places.free = 1;
    for (let tick = 0; tick < 6; tick += 1) {
      clock.advance(250);
      await settled();
    }
    expect(served).toEqual(['39']);
  });

  it('ends a wait with the reason of its signal, and forgets it', async () => {
    const { room, clock } = aRoom();
    const gone = new AbortController();
    const wait = room.wait(['default'], gone.signal, gone);
    gone.abort(new Error('client left'));
    await expect(wait).rejects.toThrow('client left');
    await expect(room.wait(['default'], gone.signal, {})).rejects.toThrow('client left');
    expect(room.size).toBe(0);
    clock.advance(250);
    expect(clock.pending).toBe(0);
  });

  it('wakes the next when the one that was woken left instead', async () => {
    const { room, places, served, come } = aRoom();
    const gone = new AbortController();
    const wait = room.wait(['default'], gone.signal, gone).then(() => gone.abort());
    void come('b');
    places.free = 1;
    room.roomAppeared('default');
    await wait;
    await settled();
    expect(served).toEqual(['b']);
  });

  it('counts who waits for a pool, whoever comes, is served or leaves', async () => {
    const { room, places, come } = aRoom();
    const counts = () => [room.waitingFor('default'), room.waitingFor('yarn-2'), room.size];
    const gone = new AbortController();
    void come('a', ['default', 'yarn-2']);
    void come('b', ['yarn-2']);
    room.wait(['default'], gone.signal, gone).catch(() => undefined);
    expect(counts()).toEqual([2, 2, 3]);
    gone.abort();
    expect(counts()).toEqual([1, 2, 2]);
    places.free = 1;
    room.roomAppeared('yarn-2');
    await settled();
    expect(counts()).toEqual([0, 1, 1]);
    room.close();
    expect(counts()).toEqual([0, 0, 0]);
  });
});
