// One number that was promised: what it is, the promise, what was measured, and whether that is enough.

export interface TargetRow {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  /** Null: nothing was promised, it is shown for comparison. `unsure`: other load made the figure worthless. */
  readonly isMet: boolean | null | 'unsure';
}

/** For a figure that says nothing when others used the core. */
export function unless(isDisturbed: boolean, row: TargetRow): TargetRow {
  return isDisturbed ? { ...row, isMet: 'unsure' } : row;
}

interface Bound {
  readonly value: number;
  readonly unit?: string;
  readonly digits?: number;
}

export function atMost(what: string, bound: number, measured: Bound): TargetRow {
  return row(what, `<= ${bound}`, measured, measured.value <= bound);
}

export function atLeast(what: string, bound: number, measured: Bound): TargetRow {
  return row(what, `>= ${bound}`, measured, measured.value >= bound);
}

export function shown(what: string, measured: Bound): TargetRow {
  return row(what, '', measured, null);
}

function row(what: string, target: string, { value, unit = '', digits = 2 }: Bound, isMet: boolean | null) {
  const suffix = unit === '' ? '' : ` ${unit}`;
  return {
    what,
    target: target === '' ? '' : target + suffix,
    measured: value.toLocaleString('en-US', { maximumFractionDigits: digits }) + suffix,
    isMet,
  };
}
