// Takes over a changed configuration without a restart. A bad one is refused whole, said so once, and the old one stays.
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { type ConfigChange, compareConfigs } from './compare-configs.ts';
import { ConfigError } from './config-problem.ts';
import { type ConfigSource, loadConfig } from './load-config.ts';
import { type ReadText, readText } from './read-text.ts';
import type { RopewayConfig } from './ropeway-config.ts';

export interface ConfigListener {
  /** The new configuration is in force; also called by `reload()` when nothing changed, with two empty lists. */
  changed(change: ConfigChange): void;
  /** The new one is bad as a whole; nothing of it is in force. */
  refused(error: ConfigError): void;
}

interface WatchOptions {
  /** Files are compared this often even if the file system says nothing (network mounts, secrets); 0 never. */
  readonly pollMs?: number;
}

/** An editor writes in several steps; we look once they are over. */
const SETTLE_MS = 100;

/** Loads the configuration and keeps watching it. Throws ConfigError when the first one is bad. */
export function watchConfig(
  source: ConfigSource,
  listener: ConfigListener,
  { pollMs = 5_000 }: WatchOptions = {},
): ConfigWatch {
  const watching = new ConfigWatch(source, listener);
  watching.start(pollMs);
  return watching;
}

export class ConfigWatch {
  readonly #source: ConfigSource;
  readonly #listener: ConfigListener;
  readonly #readFile: ReadText;
  /** Every file the last load read (the configuration, peppers, workers' keys, authorities), as it was then. */
  #seen = new Map<string, string | null>();
  #current: RopewayConfig;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;

  constructor(source: ConfigSource, listener: ConfigListener) {
    this.#source = source;
    this.#listener = listener;
    this.#readFile = source.readFile ?? readText;
    this.#current = this.#load();
  }

  get current(): RopewayConfig {
    return this.#current;
  }

  start(pollMs: number): void {
    if (pollMs > 0) this.#poll = setInterval(() => this.check(), pollMs).unref();
    if (this.#source.file === null) return;
    this.#watcher = watchFolder(dirname(this.#source.file), () => this.#settle());
  }

  /** Reloads if a file that was read has changed since. */
  check(): void {
    const hasChanged = [...this.#seen].some(([path, text]) => this.#textOf(path) !== text);
    if (hasChanged) this.reload();
  }

  /** Reloads now, as SIGHUP asks. */
  reload(): void {
    try {
      const change = compareConfigs(this.#source.file ?? 'The environment', this.#current, this.#load());
      this.#current = change.config;
      this.#listener.changed(change);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#listener.refused(error);
    }
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
  }

  #load(): RopewayConfig {
    const seen = new Map<string, string | null>();
    this.#seen = seen;
    const readFile: ReadText = (path) => {
      seen.set(path, null);
      const text = this.#readFile(path);
      seen.set(path, text);
      return text;
    };
    return loadConfig({ ...this.#source, readFile });
  }

  #textOf(path: string): string | null {
    try {
      return this.#readFile(path);
    } catch {
      // Missing for the moment, as in the middle of a rename: that is a state like any other, and load() reports it.
      return null;
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.check(), SETTLE_MS).unref();
  }
}

/** The folder, not the file: editors and `kubectl` put a new file (or link) in the old one's place. */
function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    // A folder that went away, too: from here on the poll sees what happens.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // No watches left (fs.inotify.max_user_watches) or none on this mount: again the poll is enough.
    return undefined;
  }
}
