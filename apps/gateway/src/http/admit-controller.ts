// Step 1 for Nest's controllers: the same door as the pipeline's.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#tenancy';
import { tellKnown } from '../completions/tell-known.ts';
import { type AdmitPorts, admitCaller, type HeadersToCome } from './admit-caller.ts';
import { newRequestId, saneRequestId } from './request-id.ts';

/** Rejects with the Fault of a refusal. */
export async function admitController(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: AdmitPorts,
): Promise<Caller> {
  const headers: HeadersToCome = {
    'x-request-id': saneRequestId(request.headers['x-request-id']) ?? newRequestId(),
  };
  try {
    const { caller } = await admitCaller({ req: request.raw, endpoint: null, headers, record: null }, ports);
    tellKnown(headers, caller, ports);
    return caller;
  } finally {
    // On the raw response, so that a fault carries them, too.
    for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
  }
}
