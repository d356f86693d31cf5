// What the shape of a chat's answer depends on, beside its tokens.
import type { GenerationRequest } from '../generation/generation-request.ts';
import type { Prompt } from '../generation/run.ts';
import type { SimContext } from '../sim-context.ts';

export interface ChatAnswerShape {
  readonly id: string;
  readonly createdS: number;
  readonly request: GenerationRequest;
  readonly context: SimContext;
  readonly prompt: Prompt;
  /** The tool was named: the call then ends with "stop" and not with "tool_calls". */
  readonly callIsNamed: boolean;
  /** `echo`: the last message's text comes before the answer. */
  readonly echoed: string;
}
