/** Markdown of the documents that are written from code. */
export const code = (text) => `\`${text}\``;
/** A bar would end the cell. */
const cell = (text) => String(text).replaceAll('|', '\\|');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
export const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
export const yes = (flag) => (flag ? 'yes' : 'no');
