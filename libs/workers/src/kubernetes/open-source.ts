// Which way to find pods a mode stands for.
import { InferencePoolPods } from './inference-pool-pods.ts';
import { LabelledPods } from './labelled-pods.ts';
import type { PodSource, SourceInput } from './pod-source.ts';
import { ServiceEndpoints } from './service-endpoints.ts';

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
