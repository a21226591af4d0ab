import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { createClient } from '../../src/client/node.ts';
import { until } from '../../src/testing/index.ts';
import { fileStore } from './file-store.ts';
import { type Frame, room, startScriptedEdge } from './scripted-edge.ts';

const sender = fileURLToPath(new URL('./dying-sender.js', import.meta.url));

t.test(
  'a process is killed while it sends: the next one on its store sends the rest, under the same ids',
  async (t) => {
    const log: Frame[] = [];
    let answers = false;
    const edge = await startScriptedEdge(t, {
      send: (frame) => {
        const first = log.findIndex(({ c }) => c === frame['c']);
        const s = first >= 0 ? first + 1 : log.push(frame);
        const i = frame.i as number;
        // The first message is answered, the second one stored without an answer, the third never sent.
        if (!answers && s > 1) return undefined;
        return { t: 'ok', i, s, at: 1, ...(first >= 0 ? { dup: 1 } : {}) };
      },
    });
    const folder = t.testdir();
    const child = spawn(process.execPath, [sender, edge.url, folder, room, 'one', 'two', 'three'], {
      stdio: 'inherit',
    });
    t.teardown(() => child.kill('SIGKILL'));
    await until('the second message', () => log.length === 2);
    await until('the first one to be settled', () => readdirSync(folder).length === 2);
    const dead = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await dead;

    answers = true;
    const client = createClient({ url: edge.url, token: () => 'a-token', store: fileStore(folder) });
    const sent: [number, boolean][] = [];
    client.on('sent', ({ seq, duplicate }) => sent.push([seq, duplicate]));
    await client.connect();
    await client.room(room).send('four');
    t.same(
      log.map(({ b }) => (b as { text: string }).text),
      ['one', 'two', 'three', 'four'],
    );
    t.same(sent, [
      [2, true],
      [3, false],
      [4, false],
    ]);
    await until('an empty store', () => readdirSync(folder).length === 0);
    await client.close();
  },
);
