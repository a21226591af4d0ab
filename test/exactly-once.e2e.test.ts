import { randomUUID } from 'node:crypto';
import type { LocalSystem } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { firstSequence, landAgain } from './actors/nats-admin.ts';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { chainFaults, historyOf, openDatabase, rowsOf } from './actors/record.ts';
import { settle } from './actors/sender.ts';
import { connect, type Frame, newClientId } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

async function place(system: LocalSystem) {
  const [alice, bob] = [await signUp(system.api.url), await signUp(system.api.url)];
  const room = (await roomOf(alice, bob)).id;
  return { urls: urlsOf(system), alice, bob, room };
}

const answer = ({ s, at, dup }: Frame) => ({ s, at, ...(dup === undefined ? {} : { dup }) });

async function written(t: Test, system: LocalSystem, room: RoomId, seq: number): Promise<void> {
  const db = await openDatabase(t, system);
  await until(`${seq} in MongoDB`, async () => ((await rowsOf(db, room)).at(-1)?.s ?? 0) >= seq);
}

const textsIn = async (reader: Person, room: RoomId) => (await historyOf(reader, room)).map(({ body }) => body?.text);

const system = await aSystem(t);

t.test('one client id is one message: sent at once from two devices, and again over another edge', async (t) => {
  const { urls, alice, bob, room } = await place(system);
  const [first, second] = urls as [string, string];
  const devices = await Promise.all([connect(first, alice), connect(second, alice)]);
  const watcher = await connect(second, bob);
  for (let n = 0; n < 20; n++) {
    const clientId = newClientId();
    const replies = await Promise.all(devices.map((device) => device.send(room, `twin ${n}`, clientId)));
    t.equal(new Set(replies.map(({ s, at }) => `${s} ${at}`)).size, 1, JSON.stringify(replies));
    t.equal(replies.filter(({ dup }) => dup === 1).length, 1, 'one of the two is the repetition');
  }
  const clientId = newClientId();
  const original = await (devices[0] as (typeof devices)[0]).send(room, 'crossing', clientId);
  devices[0]?.terminate();
  const crossed = await connect(second, alice, 'none');
  t.same(answer(await crossed.send(room, 'crossing', clientId)), { ...answer(original), dup: 1 });
  t.match(await crossed.send(room, 'something else', clientId), { t: 'err', code: 'conflict' });
  t.match(await crossed.request({ t: 'send', r: room, c: clientId, b: { text: 'crossing' }, re: original['s'] }), {
    code: 'conflict',
  });
  const elsewhere = (await roomOf(alice, bob)).id;
  t.notOk((await crossed.send(elsewhere, 'crossing', clientId))['dup'], 'in another room it is another message');
  t.notOk((await watcher.send(room, 'crossing', clientId))['dup'], 'and of another person');
  await watcher.until('all of it', (socket) => socket.events(room).filter(({ t }) => t === 'msg').length === 22);
  t.same(chainFaults(watcher.events(room)), []);
  t.equal((await textsIn(bob, room)).length, 22);
});

t.test('a retry long after the window, when the log has let go of the message, gets the first answer', async (t) => {
  const settings = {
    everyone: { duplicateWindowMs: 1_000 },
    'log-worker': { trimAgeMs: 500, trimIntervalMs: 200 },
  };
  const system = await aSystem(t, { settings });
  const { urls, alice, room } = await place(system);
  const socket = await connect(urls[0] as string, alice);
  for (const [what, clientId] of [
    ['a dated id', newClientId()],
    ['an id that tells no age', randomUUID()],
  ] as const) {
    const original = await socket.send(room, what, clientId);
    t.match(original, { t: 'ok' });
    await written(t, system, room, original['s'] as number);
    await until(
      'the log to forget it',
      async () => (await firstSequence(system.nats.url, 'ROOM_0')) > (original['s'] as number),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    for (const url of urls) {
      const later = await connect(url, alice, 'none');
      const again = { t: 'send', r: room, c: clientId, b: { text: what }, again: 1 };
      t.same(answer(await later.request(again)), { ...answer(original), dup: 1 }, what);
      t.match(await later.send(room, 'something else', clientId), { t: 'err', code: 'conflict' });
      await later.close();
    }
  }
  t.same(await textsIn(alice, room), ['a dated id', 'an id that tells no age']);
  const young = newClientId();
  const old = newClientId();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await system.mongo.kill9();
  t.match(await socket.send(room, 'who knows', old), { t: 'err', code: 'unavailable' }, 'nobody can tell');
  t.match(await socket.send(room, 'chat goes on', newClientId()), { t: 'ok' });
  await system.mongo.start();
  t.match(await settle(alice, urls, { t: 'send', r: room, c: old, b: { text: 'who knows' } }), { t: 'ok' });
  t.match(await settle(alice, urls, { t: 'send', r: room, c: young, b: { text: 'never sent before' } }), { t: 'ok' });
});

t.test('a message that landed twice all the same is hidden everywhere', async (t) => {
  const { urls, alice, bob, room } = await place(system);
  const socket = await connect(urls[0] as string, bob);
  const { s } = await (await connect(urls[1] as string, alice)).send(room, 'once', newClientId());
  const again = await landAgain(system.nats.url, 'ROOM_0', s as number);
  await socket.until('the event that hides it', (own) => own.events(room).some(({ t }) => t === 'del'));
  t.match(
    socket.events(room).find((frame) => frame.t === 'del'),
    { m: again, dupOf: s, u: alice.id },
  );
  t.same(chainFaults(socket.events(room)), []);
  t.same(await textsIn(bob, room), ['once']);
  const db = await openDatabase(t, system);
  const twice = async () => (await rowsOf(db, room)).find((row) => row.s === again);
  // Events are written first, then folded.
  await until('the deletion to be folded', async () => (await twice())?.del === true);
  t.match(await twice(), { dupOf: s, del: true });
  t.same(await textsIn(bob, room), ['once']);
});

t.test('NATS is paused in the middle of a publish: nobody knows, and the resend settles it', async (t) => {
  const system = await aSystem(t, { settings: { edge: { appendDeadlineMs: 1_500 } } });
  const { urls, alice, room } = await place(system);
  const socket = await connect(urls[0] as string, alice);
  t.match(await socket.send(room, 'before'), { t: 'ok' });
  const clientId = newClientId();
  system.nats.pause();
  t.match(await socket.send(room, 'in between', clientId), { t: 'err', code: 'unknown', retry: Number });
  system.nats.resume();
  const settled = await settle(alice, urls, { t: 'send', r: room, c: clientId, b: { text: 'in between' }, again: 1 });
  const repeated = await settle(alice, urls.toReversed(), {
    t: 'send',
    r: room,
    c: clientId,
    b: { text: 'in between' },
  });
  t.same(answer(repeated), { s: settled['s'], at: settled['at'], dup: 1 });
  t.same(await textsIn(alice, room), ['before', 'in between']);
});
