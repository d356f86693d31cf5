// The process's one logger: pino's JSON lines to standard output, buffered, never waited for.
import { type Logger, pino } from 'pino';
import { LinePage, PAGE_BYTES } from './line-page.ts';
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

/** A line is at most this old when it is written. */
const FLUSH_EVERY_MS = 200;
/** Held while nobody reads; beyond it lines are dropped and counted rather than memory filled. */
const MAX_BUFFER_BYTES = 32 * 1024 * 1024;
const STDOUT = 1;
const NEW_LINE = 0x0a;

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
    contentMode: 'buffer',
    // Two pages begin a write, or the timer; the last one never does: at the exit it must not be begun in the background.
    minLength: PAGE_BYTES,
    maxWrite: PAGE_BYTES + 1,
    maxLength: MAX_BUFFER_BYTES,
  });
  const page = new LinePage((bytes) => {
    // Its types know of text alone.
    stream.write(bytes as unknown as string);
  });
  const writeOut = () => {
    page.turn();
    stream.flush();
  };
  setInterval(writeOut, FLUSH_EVERY_MS).unref();
  const flush = () => {
    page.turn();
    stream.flushSync();
  };
  process.once('exit', () => {
    try {
      flush();
    } catch {
      // Nobody is left to tell, and it must not change how the process ends.
    }
  });
  stream.on('drop', (bytes: Buffer) => {
    dropped += linesOf(bytes);
  });
  // A full disk behind standard output must not end the gateway; the write is tried again with the next lines.
  stream.on('error', () => {
    dropped += 1;
  });
  return { write: (line: string) => page.add(line), droppedLines: () => dropped, flush };
}

function linesOf(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEW_LINE); at >= 0; at = bytes.indexOf(NEW_LINE, at + 1)) lines += 1;
  return lines;
}

function unbufferedSink(sink: LineSink) {
  return { write: (line: string) => sink.write(line), droppedLines: () => 0, flush: () => {} };
}
