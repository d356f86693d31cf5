// Tells every answer on a client's connection that the client has left. One set of listeners for a connection's whole
// life, however many requests it carries or pipelines.
import type { Socket } from 'node:net';

export interface Leaver {
  onClientLeft(): void;
}

const answersOf = new WeakMap<Socket, Leaver[]>();

/** The client's FIN counts as leaving, as it does for vLLM and for node:http, which then ends the connection. */
export function watchConnection(socket: Socket, leaver: Leaver): void {
  const answers = answersOf.get(socket);
  if (answers) {
    answers.push(leaver);
    return;
  }
  const watched = [leaver];
  answersOf.set(socket, watched);
  const tell = () => {
    for (const answer of [...watched]) answer.onClientLeft();
  };
  socket.on('end', tell);
  socket.on('close', tell);
}

export function forgetConnection(socket: Socket, leaver: Leaver): void {
  const answers = answersOf.get(socket);
  const at = answers?.indexOf(leaver) ?? -1;
  if (answers && at >= 0) answers.splice(at, 1);
}
