// A disk that takes the start but no request: `up` would show three refusals (ledger_full) instead of what is wrong. A gateway
// alone starts on it all the same, for it may have rows to deliver; here their database is on the same disk.
import type { State } from '#gateway';
import { explainDiskShort } from '#ledger';

export async function refuseFullDisk(state: Pick<State, 'ledger' | 'close'>): Promise<void> {
  const short = state.ledger?.diskShort() ?? null;
  if (short === null) return;
  await state.close();
  throw new Error(`${explainDiskShort(short)}, or choose another folder with --state`);
}
