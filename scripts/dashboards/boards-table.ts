// The part of docs/dashboards.md that says what each board shows, made from the boards.
import type { Board } from './board.ts';

export function boardsTable(boards: readonly Board[]): string {
  const rows = boards.map(({ title, uid, answers, variables }) => [
    `**${title.replace('Ropeway / ', '')}** (\`${uid}\`)`,
    answers,
    ['datasource', 'namespace', ...variables.map(({ name }) => name)].map((name) => `\`${name}\``).join(' '),
  ]);
  return [table(['board', 'what it answers', 'variables'], rows), '', ...boards.map(rowsOf), ''].join('\n');
}

function rowsOf({ title, rows }: Board): string {
  const lines = rows.map(({ title, lines }) => {
    const panels = lines.flat().map((panel) => panel.title);
    return `- **${title}**: ${panels.join(' · ')}`;
  });
  return [`### ${title.replace('Ropeway / ', '')}`, '', ...lines, ''].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
