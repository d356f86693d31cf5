import { afterEach, describe, expect, it } from '@jest/globals';
import type { VllmSimOptions } from './options.ts';
import { startVllmSim, type VllmSim } from './vllm-sim.ts';

let sims: VllmSim[] = [];

afterEach(async () => {
  await Promise.all(sims.map((sim) => sim.close()));
  sims = [];
});

async function start(options: VllmSimOptions = {}): Promise<VllmSim> {
  const sim = await startVllmSim({ ...options, engine: { stepMs: 1, ...options.engine } });
  sims.push(sim);
  return sim;
}

const hello = { messages: [{ role: 'user', content: 'Hello' }] };
/** Goes on until it is stopped. */
const endless = { ...hello, ignore_eos: true, max_tokens: 40_000 };

function ask(sim: VllmSim, body: object, init: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const path = 'prompt' in body ? '/v1/completions' : '/v1/chat/completions';
  return fetch(sim.url + path, { method: 'POST', headers, body: JSON.stringify(body), ...init });
}

/** The text of its one choice. */
async function answerOf(sim: VllmSim, body: object): Promise<string> {
  const answer = (await (await ask(sim, body)).json()) as {
    choices: [{ message?: { content: string }; text?: string }];
  };
  return answer.choices[0].message?.content ?? answer.choices[0].text ?? '';
}

/** The next frames of a running stream. */
async function frames(response: Response, count: number): Promise<string> {
  const reader = response.body?.getReader();
  let text = '';
  while (reader !== undefined && text.split('\n\n').length <= count) {
    const { done, value } = await reader.read();
    if (done) break;
    text += Buffer.from(value).toString('utf8');
  }
  reader?.releaseLock();
  return text;
}

/** Turns of the event loop until the fact holds; the test's own time-out is the bound. */
async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setImmediate(resolve));
}

describe('answers', () => {
  it('thinks, then answers, naming what was asked; the same for the same seed, another for another prompt', async () => {
    const [one, same, other] = await Promise.all([start(), start(), start({ seed: 2 })]);
    const question = (content: string) => ({ messages: [{ role: 'user', content }] });
    const answer = async (sim: VllmSim | undefined, content: string) =>
      sim === undefined
        ? ''
        : JSON.stringify(JSON.parse(await (await ask(sim, question(content))).text()).choices);
    const first = await answer(one, 'Tell me about glaciers');
    expect(await answer(same, 'Tell me about glaciers')).toBe(first);
    expect(await answer(other, 'Tell me about glaciers')).not.toBe(first);
    expect(await answer(one, 'Tell me about volcanoes')).not.toBe(first);
    const [{ message, finish_reason }] = JSON.parse(first);
    expect(finish_reason).toBe('stop');
    expect(message.reasoning).toContain('glaciers');
    expect(message.content).toContain('glaciers');
  });

  it('cut short within thinking, is all reasoning and no content', async () => {
    const answer = await (await ask(await start(), { ...hello, max_tokens: 5 })).json();
    expect(answer).toMatchObject({ choices: [{ finish_reason: 'length', message: { content: null } }] });
  });

  it('shows one text, whole or streamed', async () => {
    const sim = await start();
    const whole = JSON.parse(await (await ask(sim, hello)).text());
    const stream = await (await ask(sim, { ...hello, stream: true })).text();
    const deltas = stream
      .split('\n\n')
      .filter((frame) => frame.startsWith('data: {'))
      .map((frame) => JSON.parse(frame.slice(6)).choices[0].delta);
    const { reasoning, content } = whole.choices[0].message;
    expect(deltas.map((delta) => delta.reasoning ?? '').join('')).toBe(reasoning);
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe(content);
  });

  it('calls the tool that is required, with arguments its schema allows', async () => {
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
    };
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
    const answer = await (await ask(await start(), { ...hello, tools, tool_choice: 'required' })).json();
    const call = {
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city": "Paris", "days": 1}' },
    };
    expect(answer).toMatchObject({
      choices: [{ finish_reason: 'tool_calls', message: { tool_calls: [call] } }],
    });
  });

  it.each([
    [
      'response_format',
      (schema: object) => ({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }),
    ],
    ['structured_outputs', (json: object) => ({ structured_outputs: { json } })],
  ])(
    'answers with JSON that the schema of %s allows, definitions and lists included',
    async (_name, asked) => {
      const schema = {
        $defs: {
          Day: {
            type: 'object',
            properties: { sun: { type: 'boolean' }, wind: { enum: ['north', 'south'] } },
          },
        },
        type: 'object',
        properties: {
          city: { type: 'string' },
          days: { type: 'array', items: { $ref: '#/$defs/Day' }, minItems: 2 },
          note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        },
      };
      const sim = await start();
      const content = await answerOf(sim, { ...hello, ...asked(schema) });
      const day = { sun: true, wind: 'north' };
      expect(JSON.parse(content)).toEqual({ city: 'Paris', days: [day, day], note: 'some note' });
      const text = await answerOf(sim, { prompt: 'Weather', max_tokens: 100, ...asked(schema) });
      expect(JSON.parse(text)).toEqual(JSON.parse(content));
    },
  );

  it('ends the example of a schema that names itself', async () => {
    const schema = { $defs: { A: { properties: { a: { $ref: '#/$defs/A' } } } }, $ref: '#/$defs/A' };
    const asked = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } };
    expect(JSON.parse(await answerOf(await start(), { ...hello, ...asked }))).toHaveProperty('a.a.a');
  });

  it('answers with an object where any JSON will do, and with one of the choices where there are some', async () => {
    const sim = await start();
    const any = await answerOf(sim, { ...hello, response_format: { type: 'json_object' } });
    expect(JSON.parse(any)).toEqual({});
    const one = await answerOf(sim, { ...hello, structured_outputs: { choice: ['yes', 'no'] } });
    expect(one.trim()).toBe('yes');
  });

  it('counts a prompt seen before as cached', async () => {
    const sim = await start();
    const body = { prompt: Array.from({ length: 100 }, (_, index) => index), max_tokens: 1 };
    await (await ask(sim, body)).text();
    const answer = await (await ask(sim, body)).json();
    expect(answer).toMatchObject({
      usage: { prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 96 } },
    });
  });
});

describe('dialects', () => {
  const tooMuch = { ...hello, max_tokens: 40_955 };

  it('cuts a budget beyond the window silently as 0.32 does, and refuses it as 0.31 did', async () => {
    const clips = await ask(await start({ answer: { kind: 'script', script: 'Yes.' } }), tooMuch);
    const refuses = await ask(await start({ overWindow: 'refuse' }), tooMuch);
    expect([clips.status, refuses.status]).toEqual([200, 400]);
    expect(await refuses.text()).toContain(
      'you requested 40955 output tokens and your prompt contains at least 6 input',
    );
    await clips.text();
  });

  it('sends thinking under both names as vLLM before 0.16', async () => {
    const text = await (
      await ask(await start({ legacyReasoning: true }), { ...hello, max_tokens: 1, stream: true })
    ).text();
    expect(text).toContain('"delta":{"reasoning":"Okay","reasoning_content":"Okay"}');
  });

  it('speaks and counts as the Rust front end', async () => {
    const sim = await start({ frontEnd: 'rust' });
    const refused = await ask(sim, { ...hello, model: 'x' });
    expect(await refused.json()).toEqual({
      error: {
        message: 'The model `x` does not exist.',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    });
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const answer = await (
      await ask(sim, { messages: [{ role: 'user', content: parts }], max_tokens: 1 })
    ).json();
    // "ab" is one token; Python's front end makes it "a\nb", three.
    expect(answer).toMatchObject({ usage: { prompt_tokens: 11 } });
    expect(await (await ask(sim, { ...hello, stream: true, max_tokens: 3 })).text()).not.toContain('null');
  });

  it('has another fingerprint for another rope', async () => {
    const [plain, yarn] = await Promise.all([start(), start({ rope: { type: 'yarn', factor: 4 } })]);
    const fingerprint = async (sim: VllmSim) =>
      JSON.parse(await (await ask(sim, { ...hello, max_tokens: 1 })).text()).system_fingerprint;
    expect(await fingerprint(plain)).not.toBe(await fingerprint(yarn));
  });
});

describe('clients that leave', () => {
  it.each([true, false])('aborts their request and frees its KV (stream: %s)', async (stream) => {
    const sim = await start();
    const leave = new AbortController();
    const answer = ask(sim, { ...endless, stream }, { signal: leave.signal }).catch(() => null);
    await until(() => sim.engine.runningCount === 1);
    leave.abort();
    await until(() => sim.engine.runningCount === 0);
    expect(sim.engine.cache.usedBlocks).toBe(0);
    await answer;
    expect(sim.seen.to('/v1/chat/completions').map((request) => request.outcome)).toEqual(['client-closed']);
  });
});

describe('queue caps', () => {
  it('refuses in the words of vLLM, and counts it', async () => {
    const sim = await start({ maxQueuedRequests: 1 });
    const running = await ask(sim, { ...endless, stream: true });
    const refused = await ask(sim, hello);
    expect([refused.status, JSON.parse(await refused.text()).error.type]).toEqual([
      503,
      'Service Unavailable',
    ]);
    const page = await (await fetch(`${sim.url}/metrics`)).text();
    expect(page).toContain(
      'vllm:admission_rejections_total{model_name="QwQ-32B",reason="max_num_queued_reqs"} 1.0',
    );
    await running.body?.cancel();
  });

  it('bounds prompt tokens too', async () => {
    const refused = await ask(await start({ maxQueuedTokens: 5 }), hello);
    expect(await refused.text()).toContain('The engine has reached its prefill token backlog limit.');
  });
});

describe('a stream that waits', () => {
  it('gets comments when asked to', async () => {
    const sim = await start({ sseKeepAliveMs: 5 });
    sim.inflict({ kind: 'freeze' });
    const answer = await ask(sim, { ...hello, stream: true, max_tokens: 1 });
    expect(await frames(answer, 2)).toMatch(/^(: keep-alive\n\n)+$/);
    sim.heal();
    expect(await frames(answer, 1_000)).toContain('data: [DONE]');
  });
});
