// Every profile against what its official template renders with Python's jinja2, on hard chats
// (scripts/make-template-goldens.py, which proves itself on recorded vLLM answers first).
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { type Fault, parseCompletion } from '#protocol';
import { PROFILES } from './profile-named.ts';

const TEMPLATES = new URL('../../../test/fixtures/templates/', import.meta.url);
const RULES = { maxAnswers: 1, allowedFields: new Set<string>() };

describe.each(PROFILES)('$name', (profile) => {
  const chats = readChats(profile.name.replace('.', '-'));

  it('renders hard chats as its official template does, byte for byte', () => {
    expect(chats).toHaveLength(300);
    for (const { body, prompt } of chats) {
      if (prompt !== undefined) expect({ body, prompt: promptOf(body) }).toEqual({ body, prompt });
    }
  });

  it('refuses what the template cannot continue', () => {
    const refused = chats.filter(({ prompt }) => prompt === undefined);
    expect(refused.length).toBeGreaterThan(0);
    for (const { body } of refused) {
      expect(promptOf(body)).toMatchObject({ code: 'invalid_request', param: 'continue_final_message' });
    }
  });

  function promptOf(body: string): string | Fault {
    const request = parseCompletion('chat', Buffer.from(body), RULES);
    if (request.kind !== 'chat') throw new TypeError('not a chat');
    const rendered = profile.render(request);
    if (!rendered.rendered) return rendered.fault;
    expect(rendered.parts.every((part) => part.startsWith('<|im_start|>'))).toBe(true);
    return rendered.parts.join('');
  }
});

function readChats(name: string): readonly { body: string; prompt: string | undefined }[] {
  const file = gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, TEMPLATES))).toString();
  return file
    .trimEnd()
    .split('\n')
    .map((line) => {
      // The request's source text, so that numbers keep their spelling; quotes inside strings are escaped.
      const end = Math.max(line.lastIndexOf(', "prompt": '), line.lastIndexOf(', "refused": '));
      const { prompt } = JSON.parse(`{${line.slice(end + 2)}`) as { prompt?: string };
      return { prompt, body: line.slice('{"request": '.length, end) };
    });
}
