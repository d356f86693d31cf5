// A panel as data: what it asks, what it is measured in, and what to do when it looks wrong.
import type { Unit } from './units.ts';
import type { Answer } from './vectors.ts';

/** Of a metric's definition, or written for the panel where several stand behind it. */
export interface About {
  readonly help: string;
  readonly whenWrong: string;
}

export interface Line {
  readonly vector: Answer;
  readonly legend: string;
  /** Where there are several of them: what this one is. */
  readonly word: string;
}

/** From `at` on, upwards, it has that colour. */
interface Step {
  readonly at: number;
  readonly color: 'green' | 'orange' | 'red';
}

export interface Bounds {
  /** Below the first step. */
  readonly base: Step['color'];
  readonly steps: readonly Step[];
}

export interface Panel {
  readonly kind: 'lines' | 'figure' | 'table' | 'heat';
  readonly title: string;
  readonly unit: Unit;
  readonly about: About;
  readonly lines: readonly Line[];
  /** Where its words name a bound. */
  readonly bounds?: Bounds;
  /** Parts of a whole, one above the other. */
  readonly isStacked?: boolean;
  /** Columns of 24; by default a line of panels is shared evenly. */
  readonly width?: number;
}

type Drawn = Omit<Panel, 'kind' | 'lines'>;

/** Lines over time. */
export function lines(drawn: Drawn, ...of: readonly Line[]): Panel {
  return { kind: 'lines', ...drawn, lines: of };
}

/** One number, with its way there behind it. */
export function figure(drawn: Drawn, ...of: readonly Line[]): Panel {
  return { kind: 'figure', ...drawn, lines: of };
}

/** One row for each answer, as of the end of the time shown. */
export function table(drawn: Drawn, ...of: readonly Line[]): Panel {
  return { kind: 'table', ...drawn, lines: of };
}

/** How a histogram is filled over time. */
export function heat(drawn: Drawn, of: Answer): Panel {
  return { kind: 'heat', ...drawn, lines: [{ vector: of, word: '', legend: '{{le}}' }] };
}

/** A line that is called what it is grouped by, after a word where there are several of them. */
export function line(vector: Answer, word = ''): Line {
  const labels = (vector.groupedBy ?? []).map((label) => `{{${label}}}`);
  return { vector, word, legend: [word, ...labels].filter((part) => part !== '').join(' ') };
}

/** Red from a bound on. */
export function redFrom(at: number): Bounds {
  return { base: 'green', steps: [{ at, color: 'red' }] };
}

/** Orange from a bound on. */
export function orangeFrom(at: number): Bounds {
  return { base: 'green', steps: [{ at, color: 'orange' }] };
}

/** Orange from the first bound on, red from the second. */
export function orangeThenRed(orange: number, red: number): Bounds {
  return {
    base: 'green',
    steps: [
      { at: orange, color: 'orange' },
      { at: red, color: 'red' },
    ],
  };
}

/** Red below a bound. */
export function redBelow(at: number): Bounds {
  return { base: 'red', steps: [{ at, color: 'green' }] };
}

/** Red below the first, orange up to the second. */
export function redThenOrangeBelow(red: number, orange: number): Bounds {
  return {
    base: 'red',
    steps: [
      { at: red, color: 'orange' },
      { at: orange, color: 'green' },
    ],
  };
}
