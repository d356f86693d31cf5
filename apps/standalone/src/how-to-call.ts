// What to paste, once it serves.
import { resolve } from 'node:path';
import type { Gateway } from '#gateway';
import type { StateFolder } from './state-folder.ts';

interface Started {
  readonly gateway: Pick<Gateway, 'url' | 'opsUrl'>;
  /** Origin of the admin API. */
  readonly controlUrl: string;
  readonly key: string;
  readonly folder: Pick<StateFolder, 'keyFile' | 'adminKeyFile'>;
}

export function howToCall({ gateway, controlUrl, key, folder }: Started): string {
  const base = `${gateway.url}/v1`;
  return `
Serving on ${base}
Metrics are live at ${gateway.opsUrl}/metrics
  npm run observe${whereOps(gateway.opsUrl)}   starts Prometheus on them, in another terminal
Key: ${key}
     (also in ${folder.keyFile})
Admin API on ${controlUrl}/admin
     (its key in ${folder.adminKeyFile})
  npx ropeway tenant list${whereNotUsual(controlUrl, folder.adminKeyFile)}

curl:
  curl -N ${base}/chat/completions \\
    -H "authorization: Bearer $(cat '${folder.keyFile}')" \\
    -H 'content-type: application/json' \\
    -d '{"model":"qwq-32b","stream":true,
         "messages":[{"role":"user","content":"Hello"}]}'

OpenAI SDK (Python):
  from openai import OpenAI
  key = open("${folder.keyFile}").read().strip()
  client = OpenAI(base_url="${base}", api_key=key)
  for chunk in client.chat.completions.create(model="qwq-32b", stream=True,
          messages=[{"role": "user", "content": "Hello"}]):
      if chunk.choices:
          print(chunk.choices[0].delta.content or "", end="")

Ctrl-C stops it.`;
}

/** The command line looks there by itself: nothing more to type for most. */
const USUAL_URL = 'http://127.0.0.1:8081';
const USUAL_FILE = '.ropeway/admin-key';

const USUAL_OPS_URL = 'http://127.0.0.1:9090';

function whereOps(url: string): string {
  return url === USUAL_OPS_URL ? '' : ` -- --ops-url ${url}`;
}

function whereNotUsual(url: string, adminKeyFile: string): string {
  const atUrl = url === USUAL_URL ? '' : ` --admin-url ${url}`;
  return adminKeyFile === resolve(USUAL_FILE) ? atUrl : `${atUrl} --admin-key-file '${adminKeyFile}'`;
}
