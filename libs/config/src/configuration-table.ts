// The reference part of docs/configuration.md, written from the schema; test/docs holds the page to it.
import { type Setting, settings } from './settings.ts';

/** Markdown: a heading and a table for each section and list. */
export function configurationTable(): string {
  return settings.filter(isTop).map(sectionText).join('\n');
}

function isTop(setting: Setting): boolean {
  return !setting.path.includes('.');
}

function sectionText(top: Setting): string {
  const isList = top.type === 'list';
  const rows = settings.filter(
    ({ path, type }) =>
      type !== 'section' && (path.startsWith(`${top.path}.`) || path.startsWith(`${top.path}[]`)),
  );
  const whole = isList ? ` A list, ${defaultText(top)}; as a whole in \`${top.env}\`.` : '';
  return [
    `### \`${top.path}\``,
    '',
    `${top.description}${whole}`,
    '',
    isList ? '| Setting | Value | Default | |' : '| Setting | Variable | Value | Default | |',
    isList ? '|---|---|---|---|' : '|---|---|---|---|---|',
    ...rows.map((row) => rowText(row, top, isList)),
    '',
  ].join('\n');
}

function rowText(setting: Setting, top: Setting, isList: boolean): string {
  const name = isList ? setting.path.slice(`${top.path}[].`.length) : setting.path;
  const variable = isList ? [] : [`\`${setting.env}\``];
  return `| ${[`\`${name}\``, ...variable, valueText(setting), defaultText(setting), cell(setting.description)].join(' | ')} |`;
}

function valueText({ type, bounds, unit }: Setting): string {
  return [type, bounds, unit].filter((text) => text !== '').join(', ');
}

function defaultText(setting: Setting): string {
  if (setting.default === null) return 'required';
  return setting.default === '' ? '' : `\`${setting.default}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
