// A disk with less room than the outbox keeps for what is under way: new requests are refused until somebody makes room.

export interface DiskShort {
  readonly folder: string;
  /** What the disk still takes, at the last call of the outbox. */
  readonly freeBytes: number;
  /** From which on new requests are taken. */
  readonly neededBytes: number;
}

/** One line for whoever has to make room. */
export function explainDiskShort({ folder, freeBytes, neededBytes }: DiskShort): string {
  return `the disk of the outbox ${folder} has ${mebibytes(freeBytes, Math.floor)} left, and new requests are taken from ${mebibytes(neededBytes, Math.ceil)} on (503 ledger_full until then): make room on it`;
}

/** Rounded apart, so that what is short never reads as enough. */
function mebibytes(bytes: number, round: (value: number) => number): string {
  return `${round(bytes / 1024 ** 2)} MiB`;
}
