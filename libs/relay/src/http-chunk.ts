// Chunked transfer coding by hand (RFC 9112 section 7.1): all frames of one read are one chunk.

export const LAST_CHUNK = Buffer.from('0\r\n\r\n');

export function httpChunk(bytes: Buffer, start: number, end: number): Buffer {
  const size = (end - start).toString(16);
  const whole = Buffer.allocUnsafe(size.length + end - start + 4);
  let at = whole.write(size, 0, 'latin1');
  whole[at++] = 0x0d;
  whole[at++] = 0x0a;
  at += bytes.copy(whole, at, start, end);
  whole[at++] = 0x0d;
  whole[at] = 0x0a;
  return whole;
}
