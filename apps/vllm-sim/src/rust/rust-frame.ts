// Chunks as vLLM's Rust front end writes them: what is null is left out, and so is the fingerprint (observed on 0.32).
const absent =
  /,"(?:logprobs|finish_reason|stop_reason|token_ids|reasoning|prompt_token_ids|prompt_text)":null|,"system_fingerprint":"[^"]*"/g;

/** Only whole frames of our own making come here; in generated text the quotes are escaped and never match. */
export function rustFrames(frames: string): string {
  return frames.replaceAll(absent, '').replaceAll('"role":"assistant","content":""', '"role":"assistant"');
}
