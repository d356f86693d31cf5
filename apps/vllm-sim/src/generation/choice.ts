// One answer being generated: takes tokens from its stream, ends at stop strings, splits thinking from answer, and
// holds text back while it may still turn out to be a stop string.
import type { FinishReason, Work } from '../engine/sequence.ts';
import {
  endOfTurn,
  type Token,
  type TokenStream,
  thinkEnd,
  toolCallEnd,
  toolCallStart,
} from '../text/token.ts';
import type { GenerationRequest } from './generation-request.ts';
import { type CallDelta, HermesParser } from './hermes-parser.ts';

/** What one token, or several that were held back, add to the answer. */
export interface Delta {
  reasoning: string;
  content: string;
  calls: readonly CallDelta[];
  readonly tokens: Token[];
}

export interface ChoiceListener {
  delta(choice: Choice, delta: Delta, finish: FinishReason | null): void;
  failed(choice: Choice): void;
  /** True while the reader is behind; tokens then wait for the next chance, and come together. */
  isBehind(): boolean;
}

interface ChoiceParts {
  readonly index: number;
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly request: GenerationRequest;
  readonly stream: TokenStream;
  /** The generation begins inside thinking (the template has opened it) and a parser splits it. */
  readonly startsThinking: boolean;
  /** Tool calls in the answer are parsed out of it. */
  readonly parsesTools: boolean;
  readonly listener: ChoiceListener;
}

export class Choice implements Work {
  readonly index: number;
  readonly promptIds: readonly number[];
  readonly maxTokens: number;
  readonly cacheSalt: string;
  /** The stop string or token id that ended it; null for the end of the turn. */
  stopReason: string | number | null = null;
  completionTokens = 0;
  reasoningTokens = 0;
  readonly #parts: ChoiceParts;
  readonly #heldCharacters: number;
  #isThinking: boolean;
  readonly #hermes = new HermesParser();
  #isCalling = false;
  #calls: CallDelta[] = [];
  #held: { readonly text: string; readonly isThinking: boolean }[] = [];
  #tokens: Token[] = [];

  constructor(parts: ChoiceParts) {
    this.#parts = parts;
    this.index = parts.index;
    this.promptIds = parts.prompt;
    this.maxTokens = parts.maxTokens;
    this.cacheSalt = parts.request.cacheSalt;
    this.#isThinking = parts.startsThinking;
    const longest = Math.max(0, ...parts.request.stop.map((stop) => stop.length));
    // vLLM holds back one character less than the longest stop string (v1/engine/detokenizer.py).
    this.#heldCharacters = parts.request.includeStop ? 0 : Math.max(0, longest - 1);
  }

  produce(): { readonly id: number; readonly ends: boolean } {
    const { request } = this.#parts;
    const token = this.#nextToken();
    this.completionTokens += 1;
    this.#tokens.push(token);
    const mayEnd = this.completionTokens >= request.minTokens;
    if (token.id === endOfTurn && mayEnd && !request.ignoreEnd) return { id: token.id, ends: true };
    if (mayEnd && request.stopTokenIds.includes(token.id)) {
      this.stopReason = token.id;
      return { id: token.id, ends: true };
    }
    this.#take(token);
    const stopped = mayEnd && request.stop.length > 0 && this.#cutAtStop(token.text.length);
    return { id: token.id, ends: stopped };
  }

  produced(finish: FinishReason | null): void {
    // The first token goes out at once, the next in chunks (vLLM's stream_interval).
    const { request, listener } = this.#parts;
    const isHeld = (this.completionTokens - 1) % request.streamInterval !== 0 || listener.isBehind();
    if (finish === null && isHeld) return;
    const delta: Delta = { reasoning: '', content: '', calls: this.#calls, tokens: this.#tokens };
    this.#tokens = [];
    this.#calls = [];
    this.#release(delta, finish === null ? this.#heldCharacters : 0);
    listener.delta(this, delta, finish);
  }

  /** Tool calls begun so far. */
  get calls(): number {
    return this.#hermes.calls;
  }

  failed(): void {
    this.#parts.listener.failed(this);
  }

  /** Before the smallest length is reached the end is not chosen, so another token stands in its place. */
  #nextToken(): Token {
    if (this.#isThinking && this.completionTokens + 1 === this.#parts.request.thinkingBudget)
      return this.#skipThinking();
    const token = this.#parts.stream.next();
    const mustGoOn = this.completionTokens + 1 < this.#parts.request.minTokens;
    return token.id === endOfTurn && mustGoOn ? this.#parts.stream.next() : token;
  }

  /** The budget's end forces the mark; the stream goes on behind its own. */
  #skipThinking(): Token {
    for (;;) {
      const token = this.#parts.stream.next();
      if (token.id === thinkEnd || token.id === endOfTurn) return token;
    }
  }

  #take(token: Token): void {
    if (this.#isThinking && token.id === thinkEnd) {
      this.#isThinking = false;
      return;
    }
    if (this.#isThinking) this.reasoningTokens += 1;
    if (this.#parts.parsesTools && !this.#isThinking && this.#takeCall(token)) return;
    if (token.text !== '') this.#held.push({ text: token.text, isThinking: this.#isThinking });
  }

  /** True when the token belongs to a tool call and not to the text. */
  #takeCall(token: Token): boolean {
    if (token.id === toolCallStart) {
      this.#isCalling = true;
      this.#hermes.begin();
      return true;
    }
    if (!this.#isCalling) return false;
    if (token.id === toolCallEnd) this.#isCalling = false;
    else this.#calls.push(...this.#hermes.push(token.text));
    return true;
  }

  #cutAtStop(newCharacters: number): boolean {
    const text = this.#held.map((piece) => piece.text).join('');
    for (const stop of this.#parts.request.stop) {
      const at = text.indexOf(stop, Math.max(0, text.length - newCharacters - stop.length + 1));
      if (at < 0) continue;
      this.stopReason = stop;
      this.#truncate(this.#parts.request.includeStop ? at + stop.length : at);
      return true;
    }
    return false;
  }

  #truncate(characters: number): void {
    let left = characters;
    this.#held = this.#held.flatMap((piece) => {
      const text = piece.text.slice(0, left);
      left -= text.length;
      return text === '' ? [] : [{ ...piece, text }];
    });
  }

  #release(delta: Delta, keptCharacters: number): void {
    let release = this.#held.reduce((sum, piece) => sum + piece.text.length, 0) - keptCharacters;
    while (release > 0) {
      const piece = this.#held.shift();
      if (piece === undefined) return;
      const text = piece.text.slice(0, release);
      release -= text.length;
      if (piece.isThinking) delta.reasoning += text;
      else delta.content += text;
      if (text.length < piece.text.length)
        this.#held.unshift({ ...piece, text: piece.text.slice(text.length) });
    }
  }
}
