// What is special about a model family. One file a family beside this one.
import type { ChatRequest, Fault, PromptParts } from '#protocol';

export type ProfileName = 'qwq' | 'qwen2.5' | 'qwen3';

export type Rendered =
  | { readonly rendered: true; readonly parts: PromptParts }
  | { readonly rendered: false; readonly fault: Fault };

interface SamplingAdvice {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  /** Where the advice comes from. */
  readonly source: string;
}

export interface ModelProfile {
  readonly name: ProfileName;
  /** The embedded vocabulary whose added tokens this family has. */
  readonly vocabulary: 'qwen3' | 'qwen2.5';
  /** Positions the model was trained on; YaRN factors multiply this. */
  readonly originalMaxPosition: number;
  readonly sampling: SamplingAdvice;
  /** Marks around thinking; null for a family that does not think. */
  readonly thinkMarks: { readonly start: string; readonly end: string } | null;
  /** Renders a chat exactly as vLLM's Python front end would, template and normalisation included. Never throws. */
  render(request: ChatRequest): Rendered;
}
