// Prompt lengths as a label: eight classes whose upper bounds include the windows of the QwQ pools.

const K = 1024;
const CLASSES = [
  { below: K, name: '0-1k' },
  { below: 4 * K, name: '1k-4k' },
  { below: 16 * K, name: '4k-16k' },
  { below: 32 * K, name: '16k-32k' },
  { below: 40 * K, name: '32k-40k' },
  { below: 64 * K, name: '40k-64k' },
  { below: 128 * K, name: '64k-128k' },
] as const;
const LONGEST = '128k-';

export type PromptLength = (typeof CLASSES)[number]['name'] | typeof LONGEST;
export const PROMPT_LENGTHS: readonly PromptLength[] = [...CLASSES.map(({ name }) => name), LONGEST];

/** The class a prompt belongs to; a class's upper bound belongs to the next one. */
export function promptLength(tokens: number): PromptLength {
  for (const { below, name } of CLASSES) if (tokens < below) return name;
  return LONGEST;
}
