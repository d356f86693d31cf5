// The process's one logger: JSON lines to standard output, buffered, never waited for.
import { type Logger, pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** A file descriptor; 1 is standard output. */
  readonly fd?: number;
}

export interface ProcessLogger {
  readonly logger: Logger;
  /** Lines dropped because the descriptor took none for too long. */
  droppedLines(): number;
  /** Takes effect at once; for reloads. */
  setLevel(level: LogLevel): void;
  /** Writes what is buffered, synchronously; call last. Also done when the process exits. */
  flush(): void;
}

/** Lines are gathered to this size before a write (15,000 system calls a second otherwise). Below sonic-boom's write of 16 KiB. */
const CHUNK_BYTES = 8192;
/** A line is at most this old when it is written. */
const FLUSH_EVERY_MS = 200;
/** Held while nobody reads; beyond it lines are dropped and counted rather than memory filled. */
const MAX_BUFFER_BYTES = 32 * 1024 * 1024;

export function createLogger({ level, fd = 1 }: LoggerOptions): ProcessLogger {
  let dropped = 0;
  const destination = pino.destination({
    dest: fd,
    sync: false,
    minLength: CHUNK_BYTES,
    maxLength: MAX_BUFFER_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  });
  destination.on('drop', () => {
    dropped += 1;
  });
  const logger = pino(
    { level, base: null, formatters: { level: (label) => ({ level: label }) } },
    destination,
  );
  return {
    logger,
    droppedLines: () => dropped,
    setLevel: (next) => {
      logger.level = next;
    },
    flush: () => destination.flushSync(),
  };
}
