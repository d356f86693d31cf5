// A page as a PNG, by a headless Chromium, made small by pngquant (both from Debian).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needProgram } from '../find-program.mjs';
import type { Size } from './draw-chart.ts';

const TAKES_MS = 60_000;

/** Writes `file`. The page is opened from a folder of its own, with a profile of its own, and nothing is fetched. */
export function takePicture(page: string, { width, height }: Size, file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-picture-'));
  try {
    const source = join(folder, 'board.html');
    writeFileSync(source, page);
    const flags = [
      '--headless=new',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--no-first-run',
      '--hide-scrollbars',
      // Grey edges of letters instead of coloured ones: fewer colours, a smaller file.
      '--disable-lcd-text',
      '--force-device-scale-factor=1',
      // Chromium has no sandbox for root. The page is our own, and without scripts.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--user-data-dir=${join(folder, 'profile')}`,
      `--window-size=${width},${height}`,
      `--screenshot=${file}`,
      `file://${source}`,
    ];
    runToEnd('chromium', flags, folder);
    // 256 colours are enough for lines on a dark ground, and make a third of the bytes.
    runToEnd('pngquant', ['--force', '--strip', '--nofs', '--output', file, '256', '--', file], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runToEnd(program: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(needProgram(program), args, {
    encoding: 'utf8',
    timeout: TAKES_MS,
    cwd,
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.slice(-2_000)}`);
}
