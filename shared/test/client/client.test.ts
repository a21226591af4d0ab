import t from 'tap';
import { ChatError, createClient } from '../../src/client/node.ts';
import { hi, room, startScriptedEdge, user } from './scripted-edge.ts';

const message = (s: number, p: number) => ({
  ...{ s, p, v: 1, t: 'msg', r: room, u: user, at: 1, c: '0190aaaa-0000-7000-8000-000000000000' },
  b: { text: `message ${s}` },
});

t.test('over real sockets: it talks, is cut off, comes back, and nothing is told twice or missing', async (t) => {
  let cuts = 0;
  const edge = await startScriptedEdge(t, {
    hello: (frame, socket) => {
      socket.send(JSON.stringify(hi(frame, socket)));
      const since = (frame['since'] as Record<string, number> | undefined)?.[room] ?? 4;
      for (let s = since + 1; since > 4 && s <= 7; s++) socket.send(JSON.stringify(message(s, s - 1)));
      socket.send(JSON.stringify({ t: 'live', r: room, s: since > 4 ? 7 : 4 }));
      return undefined;
    },
    send: (frame, socket) => {
      if (cuts++ > 0) return { t: 'ok', i: frame.i as number, s: 7, at: 1, dup: 1 };
      socket.send(JSON.stringify(message(5, 4)));
      socket.terminate();
      return undefined;
    },
  });
  const client = createClient({ url: edge.url, token: () => 'a-token' });
  const seen: number[] = [];
  client.on('message', ({ seq }) => seen.push(seq));
  await client.connect();
  t.match(await client.room(room).send('hi'), { seq: 7, duplicate: true });
  t.equal([...edge.sockets][0]?.protocol, 'gapless.v1');
  t.same(seen, [5, 6, 7]);
  await client.close();
  await t.rejects(client.connect(), ChatError);
});

t.test('where nobody listens it goes on trying until it is closed', async (t) => {
  const client = createClient({ url: 'ws://127.0.0.1:9/ws', token: () => 'a-token' });
  const connecting = client.connect();
  await new Promise<void>((resolve) => {
    client.on('disconnected', ({ closed, retryInMs }) => {
      t.equal(closed.code, 1006);
      t.type(retryInMs, 'number');
      resolve();
    });
  });
  await Promise.all([client.close(), t.rejects(connecting, { code: 'unavailable' })]);
});
