// Secrets of one namespace, as far as a bootstrap needs them: read one, make one. What is there is never changed, so the first
// of several bootstraps decides, and an upgrade finds what the installation made.

/** Text by key. */
export type SecretData = Readonly<Record<string, string>>;

/** Throws CommandFailed with one line that says what to do when the API server refuses or stays away. */
export interface SecretStore {
  /** null: there is none of that name. */
  read(name: string): Promise<SecretData | null>;
  /** False where there is one already; also where an answer got lost, and it was ours. */
  create(name: string, data: SecretData): Promise<boolean>;
}

export interface EnsuredSecret {
  readonly data: SecretData;
  readonly isNew: boolean;
}

/** What is there, or what `make` gives. null where `make` gives nothing, and nobody else made one meanwhile. */
export async function ensureSecret(
  secrets: SecretStore,
  name: string,
  make: () => Promise<SecretData | null>,
): Promise<EnsuredSecret | null> {
  const found = await secrets.read(name);
  if (found !== null) return { data: found, isNew: false };
  const made = await make();
  if (made !== null && (await secrets.create(name, made))) return { data: made, isNew: true };
  const others = await secrets.read(name);
  return others === null ? null : { data: others, isNew: false };
}
