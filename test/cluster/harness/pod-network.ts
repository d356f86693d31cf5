// Addresses of pods and Services: loopback aliases, so that everything may listen on the port it has in the chart. A cluster
// has a block of its own, 127.N.0.0/16; two runs on one machine do not meet.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const LOWEST = 64;
const HIGHEST = 250;
const TRIES = 50;
/** Below it are pods, from it on Services. */
const FIRST_SERVICE = 200;
const PER_BLOCK = 254;
/** Whoever listens there has the block. */
const DOOR_PORT = 19_777;

export class PodNetwork {
  readonly #octet: number;
  readonly #door: Server;
  #pods = 0;
  #services = 0;

  private constructor(octet: number, door: Server) {
    this.#octet = octet;
    this.#door = door;
  }

  static async open(): Promise<PodNetwork> {
    for (let tries = 0; tries < TRIES; tries++) {
      const octet = randomInt(LOWEST, HIGHEST);
      const door = createServer();
      const isOurs = once(door.listen(DOOR_PORT, `127.${octet}.255.254`), 'listening').then(
        () => true,
        () => false,
      );
      if (await isOurs) return new PodNetwork(octet, door);
    }
    throw new Error(`none of ${TRIES} blocks of loopback addresses is free`);
  }

  /** Never given before. */
  newPodAddress(): string {
    const nth = this.#pods++;
    return `127.${this.#octet}.${Math.floor(nth / PER_BLOCK)}.${1 + (nth % PER_BLOCK)}`;
  }

  newServiceAddress(): string {
    const nth = this.#services++;
    return `127.${this.#octet}.${FIRST_SERVICE + Math.floor(nth / PER_BLOCK)}.${1 + (nth % PER_BLOCK)}`;
  }

  close(): void {
    this.#door.close();
  }
}
