// Which gateway is it, for scalers that ask all of them? In Kubernetes a pod's host name is its name; the rest tells a
// restarted one, or a second one on the same machine, from the first.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

export function newGatewayId(): string {
  return `${hostname()}/${randomUUID().slice(0, 8)}`;
}
