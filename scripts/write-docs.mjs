#!/usr/bin/env node
/**
 * Writes what documents say of code: `docs/configuration.md`, `docs/api.md`, `docs/metrics.md`, `docs/schemas/`, the documents for tools, and the parts of `docs/protocol.md` between
 * its markers. `--check` writes nothing and fails when one of them is stale. Reads the compiled code: build first.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncApiDocument, jsonSchemas } from '@gapless/shared/protocol';
import { openApiDocument } from '../services/api/dist/src/routes/openapi.js';
import { commandsDocument } from './docs/commands.mjs';
import { configuration } from './docs/configuration.mjs';
import { httpFile } from './docs/http-file.mjs';
import { metricsDocument } from './docs/metrics.mjs';
import { postmanCollection, postmanEnvironment } from './docs/postman.mjs';
import { filled, protocolParts } from './docs/protocol.mjs';
import { framesDocument } from './docs/schemas.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const json = (document) => `${JSON.stringify(document, null, 2)}\n`;

function documents() {
  const { client, server } = jsonSchemas();
  const openApi = openApiDocument('public');
  const textOf = (path) => readFileSync(join(root, 'docs', path), 'utf8');
  const protocol = textOf('protocol.md');
  const examples = { js: textOf('examples/client.js'), py: textOf('examples/client.py') };
  return {
    'docs/configuration.md': configuration(),
    'docs/api.md': commandsDocument(),
    'docs/metrics.md': metricsDocument(),
    'docs/schemas/client-frames.json': json(
      framesDocument('Frames that a client may send, protocol version 1', client),
    ),
    'docs/schemas/server-frames.json': json(framesDocument('Frames that an edge may send, protocol version 1', server)),
    'docs/gapless.postman_collection.json': json(postmanCollection(openApi)),
    'docs/gapless.postman_environment.json': json(postmanEnvironment()),
    'docs/gapless.http': httpFile(openApi),
    'docs/asyncapi.json': json(asyncApiDocument()),
    'docs/protocol.md': filled(protocol, protocolParts(protocol, examples)),
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
