// Which way to find pods a mode stands for.
import { InferencePoolPods } from './inference-pool-pods.ts';
import { LabelledPods } from './labelled-pods.ts';
import type { PodSource, SourceInput } from './pod-source.ts';
import type { ResourceName } from './resource.ts';
import { ServiceEndpoints } from './service-endpoints.ts';

/** What each mode lists and watches. */
export const WATCHED: Readonly<Record<SourceInput['settings']['mode'], readonly ResourceName[]>> = {
  pods: ['pods'],
  endpointslices: ['endpointslices'],
  inferencepool: ['inferencepools', 'pods'],
};

export function openSource(input: SourceInput): PodSource {
  switch (input.settings.mode) {
    case 'pods':
      return new LabelledPods(input);
    case 'endpointslices':
      return new ServiceEndpoints(input);
    case 'inferencepool':
      return new InferencePoolPods(input);
  }
}
