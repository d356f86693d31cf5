// Sends one recorded request as it was, header for header, and reads the whole answer.
import { request } from 'node:http';
import type { Answer, Recording } from './recording.ts';

export function ask(url: string, { method, path, headers, body }: Recording): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body.length > 0 || method === 'POST' ? { 'content-length': body.length } : {};
    const req = request(new URL(path, url), { method, headers: { ...headers, ...length } }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.once('error', reject);
      res.once('end', () => {
        const answered = Object.entries(res.headers).map(([key, value]) => [key, String(value)] as const);
        resolve({
          status: res.statusCode ?? 0,
          headers: new Map(answered),
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    req.once('error', reject);
    req.end(body);
  });
}
