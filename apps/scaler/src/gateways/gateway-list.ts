// Where gateways are found. All of them, or the sum over them is wrong.
import type { DiscoveryReading } from '#telemetry';

export interface KnownGateway {
  /** Another process at the same address has another. */
  readonly id: string;
  /** Origin of its ops port. */
  readonly url: string;
  /** What is known without an answer of it is not all. One that drains is asked as well, but not waited for. */
  readonly isReady: boolean;
}

/** How the finding goes. */
export interface GatewayWatch extends DiscoveryReading {
  /** Why the list is not kept up to date right now, for people; null while it is. */
  readonly trouble: string | null;
}

export interface GatewayList {
  /** null: nothing is looked for. */
  readonly reading: GatewayWatch | null;

  /**
   * Calls `changed` with every gateway there is: the first time as soon as they are known for sure, then whenever they
   * change. While whoever knows is away the last list stands. Throws only for what an operator must mend.
   */
  start(changed: (gateways: readonly KnownGateway[]) => void): Promise<void>;
  /** No call after it. */
  close(): Promise<void>;
}
