// Reads one chunk of a stream (or one whole answer) where it lies, and notes what has to change in it. This is the
// exact way; frames that repeat a known pattern never come here (frame-pattern.ts).
import type { Usage } from '#protocol';
import { Edits } from './edits.ts';
import { eachElement, MemberCursor, OPEN_BRACE, OPEN_BRACKET, skipSpace } from './json-walk.ts';
import type { RelayOptions } from './leg.ts';
import type { LengthEnding } from './length-ending.ts';
import { readUsage } from './worker-usage.ts';

export interface ScanRules {
  readonly kind: 'chat' | 'text';
  readonly reasoningNames: RelayOptions['reasoningNames'];
  /** The name the client used, as JSON text; null leaves `model` alone. */
  readonly modelAlias: Buffer | null;
  /** `usage` stays in chunks that carry choices. */
  readonly keepsChunkUsage: boolean;
  /** Told which choices have begun and finished; none where the answer is never cut for its budget. */
  readonly ending?: LengthEnding | null;
}

const QUOTE = 0x22;
const CLOSE_BRACE = 0x7d;
/** Only `null` begins with it. */
const SMALL_N = 0x6e;
const EMPTY_STRING = Buffer.from('""');
const EMPTY_CONTENT = Buffer.from('"content":""');
const EMPTY_CONTENT_FIRST = Buffer.from('"content":"",');
const REASONING = Buffer.from('reasoning');
const NOTHING = Buffer.alloc(0);
const REASONING_CONTENT = Buffer.from('reasoning_content');

interface Member {
  isThere: boolean;
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
  cutStart: number;
  cutEnd: number;
}

/** One for each answer; every `scan` starts afresh. */
export class ChunkScan {
  readonly edits = new Edits();
  choices = 0;
  /** Choices whose delta holds text, thinking or a tool call: tokens came with this chunk. */
  payloads = 0;
  /** Those of them that hold thinking. */
  reasoningPayloads = 0;
  /** Index of the last choice read. */
  choiceIndex = 0;
  finishReason: string | null = null;
  isAborted = false;
  usage: Usage | null = null;
  /** The `error` member as JSON text. */
  errorText: string | null = null;
  /** The only string of the only choice, inside its quotes: what changes from frame to frame. 0 when there is none. */
  payloadStart = 0;
  payloadEnd = 0;
  /** The name that string is repeated under; null when it is not repeated. */
  mirrorKey: 'reasoning' | 'reasoning_content' | null = null;

  readonly #rules: ScanRules;
  readonly #top = new MemberCursor();
  readonly #choice = new MemberCursor();
  readonly #delta = new MemberCursor();
  readonly #reasoning = noMember();
  readonly #reasoningContent = noMember();
  readonly #content = noMember();
  #bytes: Buffer = NOTHING;
  #strings = 0;

  constructor(rules: ScanRules) {
    this.#rules = rules;
  }

  /** False when the bytes are not a JSON object we can walk: then nothing is known and nothing may be changed. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.#reset(bytes);
    const top = this.#top.enter(bytes, skipSpace(bytes, start, end), end);
    let cutStart = -1;
    let cutEnd = -1;
    let isReadable = true;
    while (isReadable && top.next()) {
      const { valueStart, valueEnd } = top;
      if (top.isKey('choices')) isReadable = this.#readChoices(valueStart, valueEnd);
      else if (top.isKey('model')) {
        if (this.#rules.modelAlias) this.edits.replace(valueStart, valueEnd, this.#rules.modelAlias);
      } else if (top.isKey('usage')) {
        this.usage = readUsage(bytes, valueStart, valueEnd);
        if (this.usage && !this.#rules.keepsChunkUsage) {
          cutStart = top.cutStart;
          cutEnd = top.cutEnd;
        }
      } else if (top.isKey('error') && bytes[valueStart] !== SMALL_N) {
        this.errorText = bytes.toString('utf8', valueStart, valueEnd);
      }
    }
    if (cutStart >= 0 && this.choices > 0) this.edits.cut(cutStart, cutEnd);
    if (this.choices !== 1 || this.#strings !== 1) this.payloadStart = 0;
    if (this.choices > 0) this.#rules.ending?.noteChunk(bytes, start, end);
    return isReadable && !top.isBroken;
  }

  #reset(bytes: Buffer): void {
    this.#bytes = bytes;
    this.edits.clear();
    this.choices = 0;
    this.payloads = 0;
    this.reasoningPayloads = 0;
    this.choiceIndex = 0;
    this.finishReason = null;
    this.isAborted = false;
    this.usage = null;
    this.errorText = null;
    this.payloadStart = 0;
    this.mirrorKey = null;
    this.#strings = 0;
  }

  #readChoices(start: number, end: number): boolean {
    return eachElement(this.#bytes, start, end, (from, to) => this.#readChoice(from, to));
  }

  #readChoice(start: number, end: number): boolean {
    this.choices++;
    let isFinished = false;
    const choice = this.#choice.enter(this.#bytes, start, end);
    while (choice.next()) {
      const { valueStart, valueEnd } = choice;
      if (choice.isKey('delta')) this.#readDelta(valueStart, valueEnd, true);
      else if (choice.isKey('message')) this.#readDelta(valueStart, valueEnd, false);
      else if (choice.isKey('text')) this.payloads += this.#noteString(valueStart, valueEnd) ? 1 : 0;
      else if (choice.isKey('index')) this.choiceIndex = Number(this.#text(valueStart, valueEnd));
      else if (choice.isKey('finish_reason') && this.#bytes[valueStart] === QUOTE) {
        this.finishReason = this.#text(valueStart + 1, valueEnd - 1);
        if (this.finishReason === 'abort') this.isAborted = true;
        isFinished = true;
      }
    }
    this.#rules.ending?.noteChoice(this.choiceIndex, isFinished);
    return !choice.isBroken;
  }

  #readDelta(start: number, end: number, isDelta: boolean): void {
    const bytes = this.#bytes;
    if (bytes[start] !== OPEN_BRACE) return;
    this.#reasoning.isThere = false;
    this.#reasoningContent.isThere = false;
    this.#content.isThere = false;
    let hasThinking = false;
    let hasText = false;
    const delta = this.#delta.enter(bytes, start, end);
    while (delta.next()) {
      const { valueStart, valueEnd } = delta;
      if (delta.isKey('content')) {
        note(this.#content, delta);
        if (this.#noteString(valueStart, valueEnd)) hasText = true;
      } else if (delta.isKey('reasoning')) {
        note(this.#reasoning, delta);
        if (this.#noteString(valueStart, valueEnd)) hasThinking = true;
      } else if (delta.isKey('reasoning_content')) {
        note(this.#reasoningContent, delta);
        if (this.#noteString(valueStart, valueEnd)) hasThinking = true;
      } else if (
        delta.isKey('tool_calls') &&
        bytes[valueStart] === OPEN_BRACKET &&
        valueEnd - valueStart > 2
      ) {
        hasText = true;
        this.#strings = 2;
      }
    }
    if (delta.isBroken) return;
    if (hasThinking) this.reasoningPayloads++;
    this.payloads += (hasThinking ? 1 : 0) + (hasText ? 1 : 0);
    if (this.#rules.kind !== 'chat') return;
    if (isDelta && !this.#isString(this.#reasoning) && !this.#isString(this.#reasoningContent))
      this.#fillContent(start, end);
    if (this.#reasoning.isThere || this.#reasoningContent.isThere) this.#nameReasoning();
  }

  #isString(member: Member): boolean {
    return member.isThere && this.#bytes[member.valueStart] === QUOTE;
  }

  /** Notes a string value as a candidate for the frame's changing part; true when it is not empty. */
  #noteString(start: number, end: number): boolean {
    if (this.#bytes[start] !== QUOTE) return false;
    this.#strings++;
    this.payloadStart = start + 1;
    this.payloadEnd = end - 1;
    return end - start > 2;
  }

  #nameReasoning(): void {
    const reasoning = this.#reasoning;
    const content = this.#reasoningContent;
    const names = this.#rules.reasoningNames;
    if (names === 'both') {
      if (!content.isThere) this.#mirror(reasoning, 'reasoning_content');
      else if (!reasoning.isThere) this.#mirror(content, 'reasoning');
      return;
    }
    const [wanted, other] = names === 'reasoning' ? [reasoning, content] : [content, reasoning];
    if (!other.isThere) return;
    if (wanted.isThere) this.edits.cut(other.cutStart, other.cutEnd);
    else
      this.edits.replace(other.keyStart, other.keyEnd, names === 'reasoning' ? REASONING : REASONING_CONTENT);
  }

  #mirror(member: Member, name: 'reasoning' | 'reasoning_content'): void {
    const key = Buffer.from(`,"${name}":`);
    const repeated = Buffer.concat([key, this.#bytes.subarray(member.valueStart, member.valueEnd)]);
    // A null is the same in every frame, so its repetition is as constant as the rest.
    if (this.#bytes[member.valueStart] !== QUOTE) {
      this.edits.replace(member.valueEnd, member.valueEnd, repeated);
      return;
    }
    this.edits.mirror(member.valueEnd, repeated);
    this.mirrorKey = name;
  }

  /**
   * The loop Qwen publishes adds `delta.content` to a string whenever there is no thinking: it must be a string. Neither
   * absent nor null, as vLLM's Python front end has it beside each piece of a tool call.
   */
  #fillContent(start: number, end: number): void {
    const { isThere, valueStart, valueEnd } = this.#content;
    if (!isThere) {
      const isEmpty = this.#bytes[skipSpace(this.#bytes, start + 1, end)] === CLOSE_BRACE;
      this.edits.replace(start + 1, start + 1, isEmpty ? EMPTY_CONTENT : EMPTY_CONTENT_FIRST);
    } else if (this.#bytes[valueStart] === SMALL_N) this.edits.replace(valueStart, valueEnd, EMPTY_STRING);
  }

  #text(start: number, end: number): string {
    return this.#bytes.toString('latin1', start, end);
  }
}

function noMember(): Member {
  return { isThere: false, keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0, cutStart: 0, cutEnd: 0 };
}

function note(member: Member, cursor: MemberCursor): void {
  member.isThere = true;
  member.keyStart = cursor.keyStart;
  member.keyEnd = cursor.keyEnd;
  member.valueStart = cursor.valueStart;
  member.valueEnd = cursor.valueEnd;
  member.cutStart = cursor.cutStart;
  member.cutEnd = cursor.cutEnd;
}
