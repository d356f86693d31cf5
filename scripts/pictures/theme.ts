// Colours of the pictures: near those of Grafana's dark theme, so that nobody has to learn a second look.

export const COLORS = {
  page: '#111217',
  panel: '#181b1f',
  border: '#2a2d33',
  text: '#d8d9da',
  dim: '#9a9ba0',
  grid: '#2b2e34',
  states: { green: '#56a64b', orange: '#e0752d', red: '#d44a3a' } as Readonly<Record<string, string>>,
} as const;

const LINES = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff780a',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#37872d',
  '#fade2a',
  '#c4162a',
];

export function lineColor(index: number): string {
  return LINES[index % LINES.length] ?? COLORS.text;
}
