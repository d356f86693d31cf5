// /sim/faults: makes this server fail from outside, for tests and rehearsals. A real vLLM has no such path.
import { parseLossless } from '#protocol';
import { faultOf } from '../faults/sim-fault.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { readBody } from '../http/read-body.ts';
import { respond, respondJson } from '../http/respond.ts';

const add: Endpoint = {
  generates: false,
  async serve({ req, res }, context) {
    const value = parseLossless((await readBody(req)).toString('utf8'));
    const faults = (Array.isArray(value) ? value : [value]).map(faultOf);
    if (faults.some((fault) => fault === null)) return respond(res, 400, '{"detail":"not a fault"}');
    for (const fault of faults) if (fault !== null) context.inflict(fault);
    respondJson(res, { inflicted: faults.length });
  },
};

const clear: Endpoint = {
  generates: false,
  async serve({ res }, context) {
    context.heal();
    respondJson(res, { healed: true });
  },
};

export const adminFaults: ReadonlyMap<string, Endpoint> = new Map([
  ['POST', add],
  ['DELETE', clear],
]);
