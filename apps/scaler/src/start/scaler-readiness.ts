// What a scaler tells at /readyz beside whether it is ready.
import type { GatewayState, Readiness } from '#telemetry';

export interface ScalerReadiness extends Readiness {
  /** Why KEDA is answered UNAVAILABLE now; null: it is not. A replica that is ready stays so: it can still say why. */
  readonly unavailable: string | null;
  readonly gateways: readonly GatewayState[];
  /** Why the API server does not say which gateways there are, in its words; null: it does, or is not asked. */
  readonly trouble: string | null;
}
