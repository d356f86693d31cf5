// `npm run pictures`: the boards as they look on the standalone fleet under load, for README and docs. Not Grafana: it is in no
// registry reached here. Grid, titles, units, legends and queries are those of the boards' JSON.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { boards, type ReadBoard } from '../../test/dashboards/read-boards.ts';
import { boardPage } from './board-page.ts';
import { firstRows, heightOf, WIDTH } from './places.ts';
import { type Taken, takeAnswers } from './take-answers.ts';
import { takePicture } from './take-picture.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
const DEFAULT_MINUTES = 3;
const TOP_ROWS = 2;

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
for (const { name, board } of pictures()) {
  const file = join(FOLDER, `${name}.png`);
  takePicture(boardPage(board, taken), { width: WIDTH, height: heightOf(board.panels) }, file);
  process.stdout.write(`${file}: ${Math.round(statSync(file).size / 1_000)} kB\n`);
}

/** Every board, and the first rows of the Overview, as the README is no place for all of it. */
function pictures(): readonly { readonly name: string; readonly board: ReadBoard }[] {
  const whole = boards.map(({ board }) => ({ name: board.uid, board }));
  const top = whole.filter(({ name }) => name === 'ropeway-overview');
  const tops = top.map(({ name, board }) => ({
    name: `${name}-top`,
    board: { ...board, panels: firstRows(board.panels, TOP_ROWS) },
  }));
  return [...whole, ...tops];
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number of minutes above 0');
  return value;
}
