// What the API server of Kubernetes said, in one line that says what to change.
import { ApiException } from '@kubernetes/client-node';
import * as z from 'zod';
import { reasonText } from '../doctor/reason-text.ts';
import { CommandFailed } from '../terminal.ts';

interface AskedSecret {
  readonly verb: 'get' | 'create';
  readonly name: string;
  readonly namespace: string;
}

/** `Status` of meta/v1, as text or read already. */
const statusBody = z.object({ message: z.string().exactOptional() });

/** null: the API server said nothing. */
export function statusOf(error: unknown): number | null {
  return error instanceof ApiException ? error.code : null;
}

/** No answer, too many requests, or a fault of the server: another try may do. */
export function passesByItself(error: unknown): boolean {
  const status = statusOf(error);
  if (status === null) return isUnanswered(error);
  return status === 429 || status >= 500;
}

/** fetch failed on the way (it hides why in `cause`), or its deadline came; anything else nobody was even asked. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && (error.cause !== undefined || error.name === 'TimeoutError');
}

export function explainRefusal(error: unknown, { verb, name, namespace }: AskedSecret): CommandFailed {
  const status = statusOf(error);
  if (status === null && !isUnanswered(error))
    return new CommandFailed(`the API server of Kubernetes cannot be asked: ${reasonText(error)}`);
  if (status === null)
    return new CommandFailed(
      `the API server of Kubernetes does not answer: ${reasonText(causeOf(error))}; check what is between (network policy), or give it time with --wait 5m`,
    );
  const said = messageOf(error);
  if (status === 401)
    return new CommandFailed(
      `the API server of Kubernetes does not take the credentials of this pod or kubeconfig (401): ${said}`,
    );
  // A quota or an admission webhook answers 403 as well; RBAC's says "cannot".
  if (status === 403 && said.includes('cannot'))
    return new CommandFailed(
      `may not ${verb} the Secret ${name}: give the ServiceAccount a Role in the namespace ${namespace} with the verb "${verb}" on "secrets" (${said})`,
    );
  if (status === 404)
    return new CommandFailed(
      `cannot ${verb} the Secret ${name}: there is no namespace ${namespace} (${said})`,
    );
  return new CommandFailed(
    `cannot ${verb} the Secret ${name} in the namespace ${namespace} (${status}): ${said}`,
  );
}

function messageOf(error: unknown): string {
  const body: unknown = error instanceof ApiException ? error.body : null;
  const read = statusBody.safeParse(typeof body === 'string' ? parsed(body) : body);
  return (read.success && read.data.message) || 'it did not say why';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page: its status says as much.
    return null;
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
