// `npm run pictures`: the boards as they look on the standalone fleet under load, for README and docs. Not Grafana: it is in no
// registry reached here. Grid, titles, units, legends and queries are those of the boards' JSON.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { boards } from '../../test/dashboards/read-boards.ts';
import { boardPage } from './board-page.ts';
import { heightOf, WIDTH } from './places.ts';
import { type Taken, takeAnswers } from './take-answers.ts';
import { takePicture } from './take-picture.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
const DEFAULT_MINUTES = 3;

interface Options {
  readonly minutes: number;
  readonly from?: string;
  readonly save?: string;
}

const { minutes, from, save } = new Command('pictures')
  .description('draws every board into docs/pictures, from a load on the standalone fleet')
  .option('--minutes <number>', 'how long requests are sent', positive, DEFAULT_MINUTES)
  .option('--save <file>', 'keeps the answers of Prometheus, to draw them again')
  .option('--from <file>', 'draws answers that were kept, and starts nothing')
  .parse()
  .opts<Options>();

const taken =
  from === undefined
    ? await takeAnswers(minutes * 60_000)
    : (JSON.parse(readFileSync(from, 'utf8')) as Taken);
if (save !== undefined) writeFileSync(save, JSON.stringify(taken));
process.stdout.write(`${taken.requests} requests in ${taken.range.endS - taken.range.startS} s\n`);
mkdirSync(FOLDER, { recursive: true });
for (const { board } of boards) {
  const file = join(FOLDER, `${board.uid}.png`);
  takePicture(boardPage(board, taken), { width: WIDTH, height: heightOf(board.panels) }, file);
  process.stdout.write(`${file}: ${Math.round(statSync(file).size / 1_000)} kB\n`);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number of minutes above 0');
  return value;
}
