// Names under which Nest provides what is not a class.
export const SERVE_PORTS = Symbol('ServePorts');
