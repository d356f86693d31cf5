// Where the day stands, in one line of at most 80 characters.
import { clockText, partOfDay } from '../day/load-curve.ts';

interface Standing {
  readonly hour: number;
  readonly sent: number;
  readonly running: number;
  readonly parked: number;
  readonly pools: readonly { readonly name: string; readonly ready: number; readonly standing: number }[];
}

/** Workers as `ready/there`, and `0` where there is none. */
export function progressLine({ hour, sent, running, parked, pools }: Standing): string {
  const workers = pools.map(({ name, ready, standing }) => {
    return `${name} ${(standing === 0 ? '0' : `${ready}/${standing}`).padEnd(3)}`;
  });
  const when = `${clockText(hour)} ${partOfDay(hour).padEnd(9)}`;
  const counted = `${pad(sent, 5)} sent ${pad(running, 3)} run ${pad(parked, 3)} parked`;
  return `${when}${counted} | ${workers.join(' ')}`.trimEnd();
}

function pad(value: number, width: number): string {
  return String(value).padStart(width);
}
