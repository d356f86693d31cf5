// Whatever was thrown becomes a fault of the catalogue; a surprise is ours, and its detail goes to the log only.
import { Fault } from '#protocol';

export function toFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('internal_error', { cause: error });
}
