// The RoPE scaling a pool's workers were started with. vLLM applies YaRN statically, to every request of a server.

export type Rope =
  | { readonly type: 'default'; readonly factor: 1 }
  | { readonly type: 'yarn'; readonly factor: number };

/** How a rope is written in headers, labels and tables: `default`, `yarn-2`, `yarn-4`. */
export function ropeName(rope: Rope): string {
  return rope.type === 'default' ? 'default' : `yarn-${rope.factor}`;
}
