// The faults of rendering: what vLLM answers with 400 before it touches the engine, with the exact field named.
import { Fault } from '#protocol';

/** The message should say what is wrong and what to do; it is public. */
export function refuse(param: string, message: string): Fault {
  return new Fault('invalid_request', { message: `${message} (parameter=${param})`, param });
}
