// What discovery tells whoever logs.
import type { ReflectorEvent } from './reflector-event.ts';

export type DiscoveryEvent =
  | ReflectorEvent
  /** A pod that matches and belongs to no pool we know; told once for each reason. */
  | { readonly kind: 'pod-ignored'; readonly pod: string; readonly reason: string };
