// Units of the panels, in Grafana's words. `si:` puts k, M or G before a unit of our own.
import {
  BoolYesNo,
  BytesIEC,
  DateTimeFromNow,
  OpsPerSecond,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

export const UNITS = {
  seconds: Seconds,
  bytes: BytesIEC,
  count: Short,
  perSecond: OpsPerSecond,
  requests: RequestsPerSecond,
  tokens: 'si:tok',
  tokensPerSecond: 'si:tok/s',
  /** 0 to 1, shown as percent. */
  share: PercentUnit,
  yesOrNo: BoolYesNo,
  /** Unix time in milliseconds, shown as "3 hours ago". */
  since: DateTimeFromNow,
} as const;
export type Unit = keyof typeof UNITS;
