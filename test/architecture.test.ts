import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));
const script = join(root, 'scripts', 'check-architecture.mjs');

t.test('the tree keeps its architecture', async (t) => {
  t.match(execFileSync(process.execPath, [script, root], { encoding: 'utf8' }), 'kept');
});

t.test('a forbidden import fails the check, and the message names it', async (t) => {
  const tree = mkdtempSync(join(tmpdir(), 'gapless-'));
  t.teardown(() => rmSync(tree, { recursive: true }));
  for (const part of ['shared/src', 'services/edge/src'])
    cpSync(join(root, part), join(tree, part), { recursive: true });
  const run = () => spawnSync(process.execPath, [script, tree], { encoding: 'utf8' });
  t.equal(run().status, 0, 'the copy is clean');

  const planted: [string, string, RegExp][] = [
    ['services/edge/src/planted.ts', "import { App } from 'uWebSockets.js';", /imports uWebSockets\.js/],
    [
      'services/edge/src/planted.ts',
      "import { connect } from '@nats-io/transport-node';",
      /imports @nats-io\/transport-node/,
    ],
    ['services/edge/src/planted.ts', "import { MongoClient } from 'mongodb';", /imports mongodb/],
    ['services/edge/src/planted.ts', "import { createApi } from '@gapless/api';", /imports a service/],
    [
      'services/edge/src/planted.ts',
      "import { createApi } from '../../api/src/app.ts';",
      /reaches into another package/,
    ],
    ['services/edge/src/planted.ts', 'export const home = process.env.HOME;', /reads the environment/],
    ['services/edge/src/utils.ts', 'export const x = 1;', /a name that says nothing/],
    ['shared/src/bus/planted.ts', "import { bus } from '../outbox/index.ts';", /the door bus may not lean on outbox/],
    ['shared/src/bus/planted.ts', "import { sleep } from '../runtime/deadline.ts';", /goes past the door of runtime/],
    ['shared/src/client/planted.ts', "import { readFileSync } from 'node:fs';", /must load in a browser/],
    ['shared/src/schema/planted.ts', "export * from '@gapless/edge';", /imports a service/],
    ['shared/src/bus/planted.ts', "const late = await import('mongodb');", /imports mongodb/],
    ['services/api/src/domain/planted.ts', "import Fastify from 'fastify';", /is pure but imports fastify/],
    ['shared/src/bus/planted.ts', 'export {};\n'.repeat(401), /more than 400 lines/],
  ];
  for (const [path, text, breach] of planted) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
    const { status, stderr } = run();
    t.equal(status, 1, text.slice(0, 60));
    t.match(stderr, breach);
    rmSync(join(tree, path));
  }
});
