// What the event loop asks of the outbox's thread, and what comes back: each call has exactly one answer, in order.
import type { AdoptStep } from './orphans.ts';
import type { OutboxBatch, OutboxCommit, OutboxSize } from './outbox-file.ts';

export interface OutboxCalls {
  readonly open: { readonly ask: OpenAsk; readonly answer: OutboxOpened };
  readonly commit: { readonly ask: OutboxCommit; readonly answer: null };
  readonly read: { readonly ask: { readonly rows: number }; readonly answer: OutboxBatch };
  readonly remove: { readonly ask: { readonly lastId: number }; readonly answer: null };
  readonly refuse: { readonly ask: { readonly id: number; readonly error: string }; readonly answer: null };
  /** Rows of elsewhere, the text of a JSON array; answers how many. */
  readonly add: { readonly ask: { readonly text: string }; readonly answer: number };
  readonly adopt: { readonly ask: null; readonly answer: AdoptStep };
  readonly close: { readonly ask: null; readonly answer: null };
}

interface OpenAsk {
  readonly folder: string;
  /** null: the first that is free, recovering what was left in it. Else the one this process had: its intents go on. */
  readonly slot: number | null;
}

export interface OutboxOpened {
  readonly slot: number;
  readonly lastSeq: number;
  readonly recovered: number;
}

export type OutboxCallName = keyof OutboxCalls;

export type OutboxMessage = {
  readonly [Name in OutboxCallName]: { readonly name: Name; readonly ask: OutboxCalls[Name]['ask'] };
}[OutboxCallName];

export type OutboxReply =
  | { readonly answer: unknown /** After the call. */; readonly size: OutboxSize | null }
  | { readonly error: string };
