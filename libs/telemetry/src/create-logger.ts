// The process's one logger: pino's JSON lines to standard output, buffered, never waited for.
import { type Logger, pino } from 'pino';
import { LinePage } from './line-page.ts';
import { loggedError } from './logged-error.ts';
import { PageWriter } from './page-writer.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

interface LoggerOptions {
  readonly level: LogLevel;
  /** A file descriptor, by default standard output; or, in tests, whatever takes lines. */
  readonly destination?: number | LineSink;
}

interface LineSink {
  write(line: string): void;
}

export interface ProcessLogger {
  readonly logger: Logger;
  /** A whole line, serialised by the caller, in its turn among pino's own. Check the level first. */
  writeLine(line: string): void;
  /** Lines dropped because standard output took none for too long, or nobody reads it any more. */
  droppedLines(): number;
  /** Takes effect at once; for reloads. */
  setLevel(level: LogLevel): void;
  /** Writes what is buffered before it returns; call last. Also done when the process exits by itself. */
  flush(): void;
}

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
  const writer = new PageWriter({ fd, maxBytes: MAX_BUFFER_BYTES });
  const page = new LinePage((bytes) => writer.add(bytes));
  setInterval(() => {
    page.turn();
    writer.start();
  }, FLUSH_EVERY_MS).unref();
  const flush = () => writer.end(page.take());
  process.once('exit', flush);
  return { write: (line: string) => page.add(line), droppedLines: () => writer.droppedLines, flush };
}

function unbufferedSink(sink: LineSink) {
  return { write: (line: string) => sink.write(line), droppedLines: () => 0, flush: () => {} };
}
