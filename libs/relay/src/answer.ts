// The client's side of one request: the head once, then frames or one body, then an end, whatever happens. Frames are
// written to the socket past node:http's ServerResponse (docs/adr/0005), which still begins and ends the message, so
// that keep-alive, pipelining and `connection: close` stay node's business.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '#protocol';
import { forgetConnection, type Leaver, watchConnection } from './client-connection.ts';
import { faultBody, faultFrame, faultHeaders } from './fault-answer.ts';
import { FramePage } from './frame-page.ts';
import type { RelayOptions } from './leg.ts';
import { type Pulse, sharedPulse, type Watched } from './pulse.ts';
import { writeThisTurn } from './turn-end.ts';
import { WriteStall } from './write-stall.ts';

export interface AnswerOptions extends Pick<RelayOptions, 'heartbeatMs' | 'writeStallTimeoutMs'> {
  /** While true, heads say that the connection ends with the answer, so that a client takes its next request elsewhere. */
  readonly isLeaving?: () => boolean;
  /** While true, a connection ends with its answer whatever the head said: a draining process is not kept by idle ones. */
  readonly isDraining?: () => boolean;
  readonly pulse?: Pulse;
}

/** Whoever feeds the answer: told when the client can take more, and when it is gone. */
export interface Feeder {
  onClientReady(): void;
  onClientLeft(): void;
}

const SSE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  // R8: proxies between us and the client must neither hold nor re-code frames.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

const HEARTBEAT = pageOf(Buffer.from(': keep-alive\n\n'));
/** Of what a heartbeat says; a scheduler's message about a large cluster may be much longer. */
const WORD_CHARACTERS = 300;
const CLOSE: Readonly<Record<string, string>> = { connection: 'close' };
const LAST_CHUNK = '0\r\n\r\n';
/** Up to here a body is copied to leave with its head. */
const JOIN_BYTES = 16 * 1024;
/** A long body goes out in slices, so that a slow client that still reads is told from one that does not. */
const SLICE_BYTES = 256 * 1024;

export class Answer implements Watched, Leaver {
  slot = -1;
  /** Its request's arrival, on the clock of `performance.now()`. */
  readonly startedMs = performance.now();
  /** Sent with the head; whatever is set later is not. Lower-case names. */
  readonly headers: Record<string, string> = {};
  // What a frame looks at stands together: of a thousand streams none finds its fields in the cache.
  #phase: 'open' | 'streaming' | 'ended' = 'open';
  #isClosed = false;
  #isChunked = false;
  /** This answer has the socket to itself: not behind another one in a pipeline. */
  #isDirect = false;
  readonly #hasBody: boolean;
  #beats = false;
  #awaitsDrain = false;
  readonly #socket: Socket;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: AnswerOptions;
  readonly #pulse: Pulse;
  readonly #stall: WriteStall;
  #leaving: AbortController | null = null;
  #feeder: Feeder | null = null;
  #hasLeft = false;
  #heartbeatAtMs = 0;
  #whyWaiting: (() => string | null) | null = null;
  #whenClosed: (() => void)[] = [];

  constructor(request: IncomingMessage, response: ServerResponse, options: AnswerOptions) {
    this.#request = request;
    this.#response = response;
    this.#socket = request.socket;
    this.#options = options;
    this.#hasBody = request.method !== 'HEAD';
    this.#pulse = options.pulse ?? sharedPulse;
    this.#stall = new WriteStall(this.#socket, options.writeStallTimeoutMs);
    watchConnection(this.#socket, this);
    response.once('finish', () => this.#close());
    // Node reports writes after a client's end here; it is the same as leaving, and never a reason to crash.
    response.on('error', () => this.onClientLeft());
    if (this.#socket.destroyed) this.onClientLeft();
  }

  /** Aborted when the client leaves, with Fault `client_closed` as reason. Never after the answer's end. */
  get left(): AbortSignal {
    this.#leaving ??= new AbortController();
    if (this.#hasLeft && !this.#leaving.signal.aborted) this.#leaving.abort(new Fault('client_closed'));
    return this.#leaving.signal;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Status and headers have gone out: a fault becomes an event of the stream. */
  get isCommitted(): boolean {
    return this.#phase !== 'open';
  }

  get isEnded(): boolean {
    return this.#phase === 'ended';
  }

  /** Calls back, once, when the last byte was handed to the system, or the client has left; at once when that is so already. */
  onClosed(then: () => void): void {
    if (this.#isClosed) then();
    else this.#whenClosed.push(then);
  }

  /** From now on, until the first frame, comments keep the client and what lies between from giving up. */
  startHeartbeats(): void {
    if (this.#isClosed || this.#options.heartbeatMs <= 0) return;
    this.#beats = true;
    this.#heartbeatAtMs = performance.now() + this.#options.heartbeatMs;
    this.#pulse.watch(this);
  }

  /** What the heartbeats say instead of `keep-alive`, asked at each: one line, of which the beginning is sent. null: no more. */
  explainWait(why: (() => string | null) | null): void {
    this.#whyWaiting = why;
  }

  /** Sends the head of a stream, once. */
  begin(status = 200, headers: Readonly<Record<string, string>> = SSE_HEADERS): void {
    if (this.#phase !== 'open' || this.#isClosed) return;
    this.#phase = 'streaming';
    const response = this.#response;
    const { httpVersionMajor, httpVersionMinor } = this.#request;
    this.#isChunked = httpVersionMajor > 1 || httpVersionMinor > 0;
    const framing: Record<string, string> = this.#isChunked
      ? { 'transfer-encoding': 'chunked' }
      : { connection: 'close' };
    response.writeHead(status, { ...this.headers, ...headers, ...framing, ...this.#closing() });
    this.#isDirect = response.socket === this.#socket;
    // The head and the frames that come with it leave in one write.
    this.#socket.cork();
    process.nextTick(uncork, this.#socket);
    response.flushHeaders();
    // Chunks are framed below; ServerResponse must not frame them again, nor end them.
    response.chunkedEncoding = false;
  }

  /** Sends frames, beginning the answer if need be; false when the feeder should wait for `onClientReady`. */
  write(page: FramePage): boolean {
    if (this.#phase === 'open') this.begin();
    if (this.#phase !== 'streaming' || this.#isClosed || page.length === 0) return true;
    if (this.#beats) this.#stopHeartbeats();
    return this.#put(page);
  }

  /** The whole answer in one. */
  send(status: number, headers: Readonly<Record<string, string>>, body: Buffer): void {
    if (this.#phase !== 'open' || this.#isClosed) return;
    this.#phase = 'ended';
    this.#beats = false;
    // Not a copy with `...`: of so many headers it costs more than to write them.
    const all = Object.assign(this.headers, headers, this.#closing());
    all['content-length'] = String(body.length);
    this.#response.writeHead(status, all);
    // All is written, but the client may take nothing of it.
    this.#watchStall();
    // As text, head and body are one write; latin1 maps every byte to itself.
    if (body.length <= JOIN_BYTES) writeThisTurn(() => this.#response.end(body.toString('latin1'), 'latin1'));
    else if (body.length <= SLICE_BYTES) this.#response.end(body);
    else this.#sendSlices(body, 0);
  }

  /** Ends the answer with the fault: as JSON with its status, or as the stream's last event. */
  fail(fault: Fault): void {
    if (this.#phase === 'open') {
      this.send(fault.status, faultHeaders(fault), faultBody(fault));
      return;
    }
    if (this.#phase !== 'streaming') return;
    this.write(pageOf(faultFrame(fault)));
    this.finish();
  }

  /** Ends a stream. The connection goes on to its next request. */
  finish(): void {
    if (this.#phase !== 'streaming') return;
    this.#phase = 'ended';
    this.#beats = false;
    if (this.#isClosed) return;
    if (this.#isChunked) this.#putText(LAST_CHUNK);
    // All is written, but the client may take nothing of it.
    this.#watchStall();
    // The head may have promised keep-alive before the drain began.
    if (this.#options.isDraining?.()) this.#response.once('finish', () => this.#socket.destroySoon());
    this.#response.end();
  }

  /** Names who feeds this answer; null when nobody does any more. */
  feedBy(feeder: Feeder | null): void {
    this.#feeder = feeder;
  }

  onClientLeft(): void {
    if (this.#isClosed) return;
    this.#hasLeft = true;
    this.#close();
    this.#feeder?.onClientLeft();
    this.#leaving?.abort(new Fault('client_closed'));
  }

  onPulse(nowMs: number): void {
    if (this.#beats && nowMs >= this.#heartbeatAtMs && !this.#awaitsDrain) {
      this.begin();
      this.#put(heartbeat(this.#whyWaiting?.() ?? null));
      this.#heartbeatAtMs = nowMs + this.#options.heartbeatMs;
    }
    if (this.#stall.hasStalled(nowMs)) this.#socket.destroy();
  }

  #put(page: FramePage): boolean {
    return this.#putText(this.#isChunked ? page.toChunk() : page.toText());
  }

  #putText(text: string): boolean {
    if (!this.#hasBody) return true;
    const hasRoom = this.#isDirect
      ? this.#socket.writable && this.#socket.write(text, 'latin1')
      : this.#response.write(text, 'latin1');
    if (!hasRoom && !this.#awaitsDrain) this.#awaitDrain(() => this.#feeder?.onClientReady());
    return hasRoom;
  }

  /** A stream that flows has nothing to be looked at for. */
  #stopHeartbeats(): void {
    this.#beats = false;
    if (!this.#awaitsDrain) this.#pulse.forget(this);
  }

  #awaitDrain(then: () => void): void {
    this.#awaitsDrain = true;
    this.#watchStall();
    (this.#isDirect ? this.#socket : this.#response).once('drain', () => {
      this.#awaitsDrain = false;
      then();
    });
  }

  #watchStall(): void {
    if (this.slot < 0) this.#stall.restart();
    this.#pulse.watch(this);
  }

  #sendSlices(body: Buffer, from: number): void {
    const slice = body.subarray(from, from + SLICE_BYTES);
    if (from + slice.length >= body.length) this.#response.end(slice);
    else if (this.#response.write(slice)) this.#sendSlices(body, from + slice.length);
    else this.#awaitDrain(() => this.#sendSlices(body, from + slice.length));
  }

  #closing(): Readonly<Record<string, string>> | null {
    return this.#options.isLeaving?.() ? CLOSE : null;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#phase = 'ended';
    this.#pulse.forget(this);
    forgetConnection(this.#socket, this);
    for (const then of this.#whenClosed) then();
    this.#whenClosed = [];
  }
}

/** A comment of the event stream, which readers skip. A line break in it would begin a field. */
function heartbeat(why: string | null): FramePage {
  if (why === null) return HEARTBEAT;
  const line = [...why.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')].slice(0, WORD_CHARACTERS).join('').trim();
  return pageOf(Buffer.from(`: ${line}\n\n`));
}

function pageOf(frames: Buffer): FramePage {
  const page = new FramePage(frames.length);
  page.append(frames, 0, frames.length);
  return page;
}

function uncork(socket: Socket): void {
  socket.uncork();
}
