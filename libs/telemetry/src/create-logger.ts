// The process's one logger: pino's JSON lines to standard output, buffered, never waited for.
import { type Logger, pino } from 'pino';
import { loggedError } from './logged-error.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** A file descriptor, by default standard output; or, in tests, whatever takes lines. */
  readonly destination?: number | LineSink;
}

export interface LineSink {
  write(line: string): void;
}

export interface ProcessLogger {
  readonly logger: Logger;
  /** A whole line, serialised by the caller, in its turn among pino's own. Check the level first. */
  writeLine(line: string): void;
  /** Lines dropped because standard output took none for too long, and writes that failed. */
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
const STDOUT = 1;

export function createLogger({ level, destination = STDOUT }: LoggerOptions): ProcessLogger {
  const sink = typeof destination === 'number' ? bufferedSink(destination) : unbufferedSink(destination);
  const logger = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      // A lambda, for pino passes more than the error.
      serializers: { err: (error: unknown) => loggedError(error) },
    },
    { write: sink.write },
  );
  return {
    logger,
    writeLine: sink.write,
    droppedLines: sink.droppedLines,
    setLevel: (next) => {
      logger.level = next;
    },
    flush: sink.flush,
  };
}

function bufferedSink(fd: number) {
  let dropped = 0;
  const stream = pino.destination({
    dest: fd,
    sync: false,
    minLength: CHUNK_BYTES,
    maxLength: MAX_BUFFER_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  });
  const drop = () => {
    dropped += 1;
  };
  stream.on('drop', drop);
  // A full disk behind standard output must not end the gateway; the write is tried again with the next lines.
  stream.on('error', drop);
  return {
    write: (line: string) => void stream.write(line),
    droppedLines: () => dropped,
    flush: () => stream.flushSync(),
  };
}

function unbufferedSink(sink: LineSink) {
  return { write: (line: string) => sink.write(line), droppedLines: () => 0, flush: () => {} };
}
