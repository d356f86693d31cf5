/** A gateway's process, of which its pod may have had several. */
export interface GatewayRun {
  readonly origin: string;
  /** Ended by kill -9. */
  isKilled: boolean;
}
