#!/usr/bin/env node
/**
 * Writes what documents say of code: `docs/configuration.md`, `docs/api.md`, `docs/metrics.md`, `docs/schemas/`, and the parts of `docs/protocol.md` between
 * its markers. `--check` writes nothing and fails when one of them is stale. Reads the compiled code: build first.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands, permissions, problemsOf, scopeOf, standings, tags } from '@gapless/shared/commands';
import { settings } from '@gapless/shared/config';
import { closeCodes, errorCodes } from '@gapless/shared/errors';
import { metricPrefix, metricTable } from '@gapless/shared/metrics';
import { jsonSchemas } from '@gapless/shared/protocol';

const root = fileURLToPath(new URL('..', import.meta.url));
const code = (text) => `\`${text}\``;
/** A bar would end the cell. */
const cell = (text) => String(text).replaceAll('|', '\\|');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const serviceTitles = {
  edge: 'Edge',
  api: 'API',
  'log-worker': 'Log worker',
  launcher: '`make run`',
};

function configuration() {
  const sections = Object.entries(serviceTitles).map(([service, title]) => {
    const own = Object.values(settings).filter((setting) => setting.services.includes(service));
    const rows = own.map((setting) => [
      code(setting.variable),
      defaultOf(setting),
      boundsOf(setting.schema),
      setting.secret ? `${setting.description}. Never printed` : setting.description,
    ]);
    return `## ${title}\n\n${table(['variable', 'default', 'may be', 'meaning'], rows)}\n`;
  });
  return `# Configuration

<!-- Written by scripts/write-docs.mjs from shared/src/config/settings.ts: change it there. -->

Every process reads its settings from the environment, once, at its start. An empty variable counts as not set. A value that
cannot be, and a variable with the prefix \`GAPLESS_\` that is no setting, end the process with exit code 78 and one
sentence that names the variable. Lists are separated by commas; \`…_MS\` are milliseconds, \`…_BYTES\` bytes.

${sections.join('\n')}`;
}

function defaultOf({ fallback }) {
  if (fallback === undefined) return '**must be set**';
  if (fallback.length === 0) return 'empty';
  return code(Array.isArray(fallback) ? fallback.join(',') : fallback);
}

function boundsOf({ type, minimum, maximum, pattern }) {
  if (pattern !== undefined) return code(pattern);
  if (type === 'array') return 'list';
  if (type === 'string') return 'text';
  return maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
}

const metricSections = [
  ['Every process', ({ of }) => of.length === 3],
  ['API and log worker', ({ of }) => of.length === 2 && of.includes('api')],
  ['Edge', ({ of }) => of.includes('edge') && of.length < 3],
  ['API', ({ of }) => of.length === 1 && of[0] === 'api'],
  ['Log worker', ({ of }) => of.includes('log-worker') && !of.includes('api') && of.length < 3],
];

function metrics() {
  const sections = metricSections.map(([title, belongs]) => {
    const own = Object.entries(metricTable).filter(([, metric]) => belongs(metric));
    const rows = own.map(([name, { kind, labels, help }]) => [
      code(`${metricPrefix}${name}`),
      kind,
      Object.entries(labels)
        .map(([label, values]) => `${code(label)}: ${labelValues(values)}`)
        .join('; '),
      help,
    ]);
    return `## ${title}\n\n${table(['name', 'kind', 'labels', 'meaning'], rows)}\n`;
  });
  return `# Metrics

<!-- Written by scripts/write-docs.mjs from shared/src/metrics: change it there. -->

\`/metrics\` of each process, for Prometheus, on the address of \`GAPLESS_ADMIN_HOST\` and \`GAPLESS_ADMIN_PORT\`: loopback unless
told otherwise, and never public. With \`GAPLESS_EDGE_PROCESSES\` above 1 each of them has its own, on the ports behind that one;
the process that started them tells of itself only. Which to alert on, and how, is in
[operations.md](operations.md#metrics).

All have the label \`service\` (\`edge\`, \`api\`, \`log-worker\`). What labels may be is a closed set: never a user, a room or an address.
Times between two machines are as good as their clocks agree; what would be below zero counts as zero. Beside these stand the usual
ones of a Node process: \`process_*\` (its start, CPU, memory, open files) and \`nodejs_*\` (heap, garbage collection in
\`nodejs_gc_duration_seconds\`, and how late the event loop comes in \`nodejs_eventloop_lag_p50_seconds\`, \`_p99_\` and \`_max_\`, each since
the scrape before).

${sections.join('\n')}`;
}

const labelValues = (values) => (Array.isArray(values) ? values.map(code).join(', ') : values.words);

function framesDocument(title, frames) {
  const ops = Object.keys(frames);
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    oneOf: ops.map((op) => ({ $ref: `#/$defs/${op}` })),
    $defs: frames,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const frameParts = (frames) =>
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
  if (schema.patternProperties !== undefined)
    return `object of ${plural(Object.values(schema.patternProperties)[0])} by id`;
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

const yes = (flag) => (flag ? 'yes' : 'no');

function protocolParts() {
  const { client, server } = jsonSchemas();
  return {
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

/** Puts each part between its markers; a part without markers, or markers without a part, is a fault of the document. */
function filled(text, parts) {
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

/** What follows for every command of its kind, and is said once. */
const said = new Set(
  'invalid_request rate_limited store_unavailable internal token_required account_disabled issuer_unavailable body_too_large unsupported_media busy fate_unknown log_unavailable log_full'.split(
    ' ',
  ),
);

function whoMay(name, contract) {
  const { session, door } = contract;
  if (session === 'none') return 'anybody';
  if (session === 'optional') return 'anybody; of a session its own';
  if (door === 'admin') return `admins, keys of ${code(scopeOf(contract))}`;
  const permitted = permissions[name];
  if (permitted === undefined) return 'users';
  return permitted.length === standings.length ? 'users' : permitted.join(', ');
}

function api() {
  const sections = Object.entries(tags).map(([tag, title]) => {
    const own = Object.entries(commands).filter(([, contract]) => contract.tag === tag);
    const rows = own.map(([name, contract]) => [
      code(name),
      code(`${contract.method} /v1${contract.path.replace(/:(\w+)/g, '{$1}')}`),
      contract.summary,
      whoMay(name, contract),
      contract.answer === undefined ? 204 : contract.makes === undefined ? 200 : 201,
      problemsOf(name, contract)
        .filter((kind) => !said.has(kind))
        .map(code)
        .join(', '),
    ]);
    if (rows.length === 0) return '';
    return `## ${title}\n\n${table(['command', 'by REST', 'what', 'who may', 'answers', 'may fail as'], rows)}\n`;
  });
  return `# Commands

<!-- Written by scripts/write-docs.mjs from shared/src/commands: change it there. -->

Every command, by REST and, where a session is needed, over a socket as \`call\` ([protocol.md](protocol.md)); with schemas,
headers and examples in the OpenAPI document that a running api serves at \`/openapi.json\` and shows at \`/docs\`. Paths below
\`/v1/admin\` are served by the admin listener (\`GAPLESS_ADMIN_API_PORT\`), which has a document of its own, and by no other way.

Who may: what one is to the room when he asks. A stranger is no member of a public group; of any other room he is told that there
is none. Who is muted is a member who may not write now. An admin has no rights in rooms.

Any of them may also fail as
${[...said].map(code).join(', ')}. A change of which nothing came back is repeated with the same
\`Idempotency-Key\` (\`clientId\`), where it takes one, and with the same parameters elsewhere.

${sections.filter((section) => section !== '').join('\n')}`;
}

function documents() {
  const { client, server } = jsonSchemas();
  const protocol = readFileSync(join(root, 'docs/protocol.md'), 'utf8');
  return {
    'docs/configuration.md': configuration(),
    'docs/api.md': api(),
    'docs/metrics.md': metrics(),
    'docs/schemas/client-frames.json': framesDocument('Frames that a client may send, protocol version 1', client),
    'docs/schemas/server-frames.json': framesDocument('Frames that an edge may send, protocol version 1', server),
    'docs/protocol.md': filled(protocol, protocolParts()),
  };
}

const written = Object.entries(documents());
const stale = written.filter(([path, text]) => {
  const file = join(root, path);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is stale: run \`npm run docs\``);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const [path, text] of stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
