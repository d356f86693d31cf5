// `Expect: 100-continue` (RFC 9110 section 10.1.1; curl sends it with bodies above 1 MB): the client waits to hear whether
// its body is wanted. By itself node says yes before anybody has looked; here a stranger or a length over the bound is
// refused first, and the body stays where it is.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Says `100 Continue` once somebody reads the body; says nothing when the request was answered without it. */
export function continueWhenRead(req: IncomingMessage, res: ServerResponse): void {
  req.once('resume', () => {
    if (!res.headersSent) res.writeContinue();
  });
}
