// What to paste, once it serves.
import type { Gateway } from '#gateway';
import type { State } from './state-folder.ts';

export function howToCall(gateway: Gateway, state: State): string {
  const base = `${gateway.url}/v1`;
  return `
Serving on ${base}   metrics on ${gateway.opsUrl}/metrics
Key: ${state.key}
     (also in ${state.keyFile})

curl:
  curl -N ${base}/chat/completions \\
    -H "authorization: Bearer $(cat '${state.keyFile}')" \\
    -H 'content-type: application/json' \\
    -d '{"model":"qwq-32b","stream":true,"messages":[{"role":"user","content":"Hello"}]}'

OpenAI SDK (Python):
  from openai import OpenAI
  client = OpenAI(base_url="${base}", api_key=open("${state.keyFile}").read().strip())
  for chunk in client.chat.completions.create(model="qwq-32b", stream=True,
          messages=[{"role": "user", "content": "Hello"}]):
      if chunk.choices: print(chunk.choices[0].delta.content or "", end="")

Ctrl-C stops it.`;
}
