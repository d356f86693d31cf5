// The three requests of the start: a short question, a long text, a longer one. Real prose, so that counting, routing
// and prefill do what they would for a user.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface DemoRequest {
  readonly title: string;
  readonly prompt: string;
}

/** Characters of the prose that make about 36,000 and 90,000 tokens (4.35 characters a token, measured on this text). */
const LONG_CHARS = 152_600;
const LONGER_CHARS = 377_000;

export function demoRequests(): readonly DemoRequest[] {
  const prose = gunzipSync(readFileSync(new URL('../assets/prose.txt.gz', import.meta.url))).toString('utf8');
  const about = (chars: number) => `${prose.slice(0, chars)}\n\nWho tells this story, and what does he want?`;
  return [
    { title: 'a short question', prompt: 'Which is larger, 9.9 or 9.11?' },
    { title: 'a long text', prompt: about(LONG_CHARS) },
    { title: 'a longer one', prompt: about(LONGER_CHARS) },
  ];
}
