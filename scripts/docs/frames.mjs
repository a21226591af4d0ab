/** Every frame with its example and its keys, as `docs/protocol.md` shows them. */
import { code, table } from './markdown.mjs';

export const frameParts = (frames) =>
  Object.entries(frames)
    .map(([op, { description, properties, required, examples }]) => {
      const fields = Object.entries(properties).filter(([name]) => name !== 't');
      const rows = fields.map(([name, schema]) => [
        code(required.includes(name) ? name : `${name}?`),
        typeOf(schema),
        describe(schema),
      ]);
      const lines = [`#### ${code(op)}`, `${description}.`, `\`\`\`json\n${JSON.stringify(examples[0])}\n\`\`\``];
      return [...lines, ...(rows.length === 0 ? [] : [table(['key', 'type', 'meaning'], rows)])].join('\n\n');
    })
    .join('\n\n');

function typeOf(schema) {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  // The codes have a table of their own.
  if (schema.enum !== undefined) return schema.enum.length > 8 ? 'string' : schema.enum.map(code).join(', ');
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  if (schema.type === 'array')
    return `list of ${schema.maxItems === undefined ? '' : `≤ ${schema.maxItems} `}${plural(schema.items)}`;
  if (schema.patternProperties !== undefined) {
    const [values] = Object.values(schema.patternProperties);
    return values.type === undefined ? 'object' : `object of ${plural(values)} by id`;
  }
  if (schema.type === 'object') {
    const keys = Object.entries(schema.properties).map(([key, value]) => `${code(key)} ${typeOf(value)}`);
    return keys.length === 0 ? 'object' : `object: ${keys.join(', ')}`;
  }
  return schema.type;
}

const plural = (schema) =>
  schema.type === 'object' ? typeOf(schema).replace(/^object/, 'objects') : `${typeOf(schema)}s`;

function describe({ description = '', properties, items }) {
  const inner = Object.entries(properties ?? items?.properties ?? {});
  const words = inner
    .filter(([, schema]) => schema.description)
    .map(([key, schema]) => `${code(key)}: ${schema.description}`);
  return [description, ...words].filter((text) => text !== '').join('. ');
}
