// The first write of a turn of the event loop leaves at once; further ones of the same turn leave together at its end.
// Nothing waits for more to come: a turn with one event writes directly. Under load a turn has many, and writing back to
// back is much cheaper than writing between reads: whoever reads at the other end is woken once, not once a socket
// (docs/adr/0008).
import type { Socket } from 'node:net';

const tasks: (() => void)[] = [];
const corked: Socket[] = [];
/** Something was written in this turn, and its end has been asked for. */
let isArmed = false;

/** Runs now, or, if this turn has written already, at its end, after everything that is ready has been read. */
export function writeThisTurn(task: () => void): void {
  if (isArmed) tasks.push(task);
  else {
    arm();
    task();
  }
}

/** The same for a socket: holds what is written to it next until the end of a turn that has written already. */
export function holdThisTurn(socket: Socket): void {
  if (!isArmed) arm();
  else if (socket.writableCorked === 0) {
    socket.cork();
    corked.push(socket);
  }
}

function arm(): void {
  isArmed = true;
  setImmediate(flush);
}

function flush(): void {
  isArmed = false;
  // What a task or a socket's callback adds belongs to the next turn.
  const [due, held] = [tasks.splice(0), corked.splice(0)];
  for (const task of due) task();
  for (const socket of held) socket.uncork();
}
