// Colours, for people only: plain text wherever the terminal has none.
import { styleText } from 'node:util';
import type { Terminal } from '../terminal.ts';

type Style = Parameters<typeof styleText>[0];

export function paint({ hasColors }: Pick<Terminal, 'hasColors'>, style: Style, text: string): string {
  return hasColors ? styleText(style, text, { validateStream: false }) : text;
}
