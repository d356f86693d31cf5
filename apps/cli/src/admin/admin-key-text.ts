// The admin key in a file of admin keys: such a file may hold digests of others beside it, and comments.

/** The first key whose text is there; null where there are digests only. */
export function adminKeyText(file: string): string | null {
  const lines = file.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.find((line) => /^rwa_[\x21-\x7e]+$/.test(line)) ?? null;
}
