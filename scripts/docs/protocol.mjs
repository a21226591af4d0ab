/** The parts of `docs/protocol.md` that stand between its markers. */
import { closeCodes, errorCodes } from '@gapless/shared/errors';
import { jsonSchemas, operations, phases, refusedAs } from '@gapless/shared/protocol';
import { frameParts } from './frames.mjs';
import { code, table, yes } from './markdown.mjs';

export function protocolParts(document, { js, py }) {
  const { client, server } = jsonSchemas();
  return {
    contents: contentsOf(document),
    phases: phasesTable(),
    'client-js': `\`\`\`js\n${js}\`\`\``,
    'client-py': `\`\`\`python\n${py}\`\`\``,
    'client-frames': frameParts(client),
    'server-frames': frameParts(server),
    'error-codes': table(
      ['code', 'meaning', 'may a retry help', 'in REST'],
      Object.entries(errorCodes).map(([name, { meaning, retry, http }]) => [code(name), meaning, yes(retry), http]),
    ),
    'close-codes': table(
      ['close code', 'name', 'meaning', 'reconnect'],
      Object.entries(closeCodes).map(([name, { code: number, meaning, reconnect }]) => [
        number,
        code(name),
        meaning,
        yes(reconnect),
      ]),
    ),
  };
}

/** The headings of the second level; of the reference, what it holds. */
function contentsOf(document) {
  const titles = Array.from(document.matchAll(/^## (.+)$/gm), ([, title]) => title);
  return titles
    .map(
      (title) =>
        `- [${title}](#${title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-')})`,
    )
    .join('\n');
}

function phasesTable() {
  const answerIn =
    (op, { servedIn, answers }) =>
    (phase) =>
      servedIn.includes(phase) ? answers.map(code).join(', ') : `\`err\` ${code(refusedAs(op))}`;
  const rows = Object.entries(operations).map(([op, rules]) => [code(op), ...phases.map(answerIn(op, rules))]);
  const anything = (what, error) => [what, ...phases.map(() => `\`err\` ${code(error)}`)];
  return table(
    ['', ...phases.map(code)],
    [...rows, anything('any other `t`', 'unknown_op'), anything('what is no frame', 'bad_frame')],
  );
}

/** Puts each part between its markers; a part without markers, or markers without a part, is a fault of the document. */
export function filled(text, parts) {
  const left = new Set(Object.keys(parts));
  const result = text.replaceAll(
    /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- end of \2 -->)/g,
    (_, begin, name, end) => {
      if (!left.delete(name)) throw new Error(`docs/protocol.md: nothing generates "${name}"`);
      return `${begin}\n${parts[name]}\n\n${end}`;
    },
  );
  if (left.size > 0) throw new Error(`docs/protocol.md has no place for: ${[...left].join(', ')}`);
  return result;
}
