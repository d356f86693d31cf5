// A pod as the stand-in API server shows it: what discovery and the scaler read of one, and nothing else.
import type { StoredObject } from '../../../libs/workers/src/kubernetes/stand-in-api-server.ts';

interface PodFacts {
  readonly uid: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** null: it is not on a node yet. */
  readonly address: string | null;
  readonly isReady: boolean;
  readonly isTerminating: boolean;
}

export function podObject(facts: PodFacts): StoredObject {
  const { uid, name, labels, address, isReady, isTerminating } = facts;
  const object = {
    metadata: {
      name,
      uid,
      labels,
      ...(isTerminating ? { deletionTimestamp: new Date().toISOString() } : {}),
    },
    spec: { ...(address === null ? {} : { nodeName: 'rehearsal' }), containers: [{ name: 'main' }] },
    status: {
      phase: address === null ? 'Pending' : 'Running',
      ...(address === null ? {} : { podIP: address }),
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      containerStatuses: [],
    },
  };
  return object;
}
