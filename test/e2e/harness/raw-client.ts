// A client that sends exactly the bytes it is told, for what no HTTP library would send.
import { connect, type Socket } from 'node:net';
import { type Answered, answered } from './ask.ts';
import { eventually, within } from './eventually.ts';

export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  /** Everything received. */
  text = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.text += text;
    });
    // Resets are an end like any other here; what matters is what came before.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async open(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const client = new RawClient(socket);
    await within('connected', new Promise<void>((resolve) => socket.once('connect', () => resolve())));
    return client;
  }

  /** Sends, waits for the other side to close, and gives all that came. */
  static async exchange(url: string, bytes: string | Buffer): Promise<string> {
    const client = await RawClient.open(url);
    client.send(bytes);
    await within('the gateway closes the connection', client.closed);
    return client.text;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  until(part: string): Promise<void> {
    return eventually(`the answer holds ${JSON.stringify(part)}`, () => this.text.includes(part));
  }

  leave(): void {
    this.socket.destroy();
  }
}

/** Lines of a request: `head('POST /x HTTP/1.1', ['host: a'])`. */
export function head(line: string, headers: readonly string[]): string {
  return `${[line, ...headers].join('\r\n')}\r\n\r\n`;
}

/** An answer as it came over the wire, for what `fetch` cannot provoke. Of several the first. */
export function rawAnswer(text: string): Answered {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...fields] = text.slice(0, end).split('\r\n');
  const body = text.slice(end + 4);
  const headers = new Headers(fields.map((field): [string, string] => splitField(field)));
  return answered(Number(line.split(' ')[1]), headers, body);
}

function splitField(field: string): [string, string] {
  const colon = field.indexOf(':');
  return [field.slice(0, colon), field.slice(colon + 1).trim()];
}
