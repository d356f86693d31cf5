// One command to a Redis over a connection of its own: enough to see that it answers and to build a cluster, without a
// client that retries, queues or discovers.
import { createConnection } from 'node:net';

const ANSWER_MS = 2_000;

/** The reply as text, its type byte and a bulk reply's length left out; rejects on an error reply or silence. */
export function askRedis(port: number, command: string, answerMs = ANSWER_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let text = '';
    const settle = (error: Error | null): void => {
      socket.destroy();
      if (error !== null) reject(error);
      else if (text.startsWith('-')) reject(new Error(`Redis: ${text.slice(1).trim()}`));
      else
        resolve(
          text
            .replace(/^\$\d+\r\n/, '')
            .replace(/^[+:]/, '')
            .trim(),
        );
    };
    socket.setEncoding('utf8').setTimeout(answerMs, () => settle(new Error(`Redis on ${port} is silent`)));
    socket.once('error', settle);
    socket.once('close', () => settle(new Error(`Redis on ${port} closed the connection`)));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (isWhole(text)) settle(null);
    });
    socket.write(`${command}\r\n`);
  });
}

function isWhole(text: string): boolean {
  const bulk = /^\$(\d+)\r\n/.exec(text);
  if (bulk === null) return text.endsWith('\r\n');
  return text.length >= bulk[0].length + Number(bulk[1]) + 2;
}
