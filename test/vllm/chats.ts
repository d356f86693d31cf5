// What the scripted model is asked, and what it is known to answer (recipe/make-model.py).

/** A chat of one message, by the name a client uses. */
export function chat(content: string, members: Readonly<Record<string, unknown>> = {}) {
  return { model: 'qwq-32b', messages: [{ role: 'user', content }], ...members };
}

export const THINKING = 'Okay, the user wants an answer. Think step by step!';
export const ANSWER = 'Hello there friend';

/** "Okay" forbidden: the model counts to seven for ever. */
export const ENDLESS = { logit_bias: { '32313': -100 } };
/** "Hello" forbidden: after its thinking the model calls a tool. */
export const CALLS = { logit_bias: { '9707': -100 } };

export const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

/** About so many tokens, of which no two neighbours are alike. */
export function prose(tokens: number): string {
  return Array.from({ length: Math.ceil(tokens / 2) }, (_, nth) => ` word ${'abcdefghijklmnop'[nth % 16]}`)
    .join('')
    .slice(1);
}
