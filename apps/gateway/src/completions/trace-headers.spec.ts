import { expect, it } from '@jest/globals';
import { traceHeaders } from './trace-headers.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

it('passes a trace context on', () => {
  expect(traceHeaders({ traceparent, tracestate: 'a=1,b=2' })).toEqual({
    traceparent,
    tracestate: 'a=1,b=2',
  });
  expect(traceHeaders({ traceparent })).toEqual({ traceparent });
});

it.each([
  [{}],
  [{ tracestate: 'a=1' }],
  [{ traceparent: 'nonsense' }],
  [{ traceparent: `${traceparent}\r\nx: y` }],
])('passes nothing of %j', (headers) => {
  expect(traceHeaders(headers)).toEqual({});
});

it('drops a state that could break a header, and keeps the parent', () => {
  expect(traceHeaders({ traceparent, tracestate: 'a=\r\nx: y' })).toEqual({ traceparent });
  expect(traceHeaders({ traceparent, tracestate: 'a'.repeat(513) })).toEqual({ traceparent });
});
