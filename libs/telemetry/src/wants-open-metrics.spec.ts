import { expect, it } from '@jest/globals';
import { wantsOpenMetrics } from './wants-open-metrics.ts';

it.each([
  'application/openmetrics-text',
  'application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  // Prometheus 3.
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'text/plain;q=0.5 , Application/OpenMetrics-Text ; Q=0.5',
])('is given to whoever asks for it: %s', (accept) => {
  expect(wantsOpenMetrics(accept)).toBe(true);
});

it.each([
  '',
  '*/*',
  'application/*',
  'text/plain',
  'application/openmetrics-text;q=0',
  'application/openmetrics-text;version=1.0.0;q=0.000, text/plain',
  'application/openmetrics-text;q=0.3,text/plain;q=0.5',
  'application/openmetrics-text;q=much',
  'application/openmetrics-text-2',
])('is not given to who does not, or likes the plain text better: %j', (accept) => {
  expect(wantsOpenMetrics(accept)).toBe(false);
});
