import { randomBytes } from 'node:crypto';
import { createClient } from '@gapless/shared/client/node';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase } from './actors/record.ts';
import { connect, type Frame, newClientId } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

const system = await aSystem(t);
const urls = urlsOf(system);
const db = await openDatabase(t, system);
const [alice, bob, eve] = [await signUp(system.api.url), await signUp(system.api.url), await signUp(system.api.url)];
const room = (await roomOf(alice, bob)).id;
const uses = db.collection<{ _id: string; f: string; until?: Date }>('file_uses');

interface File {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

async function upload(person: Person, bytes: Buffer, name: string): Promise<File> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)]), name);
  const headers = { authorization: `Bearer ${person.token}` };
  const response = await fetch(`${system.api.url}/v1/files`, { method: 'POST', headers, body: form });
  if (response.status !== 201) throw new Error(`the upload answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as File;
}

interface ToldMessage {
  readonly seq: number;
  readonly body: { readonly text: string };
}

const linkOf = (person: Person, seq: number, { id }: File) =>
  person.get<{ url: string }>(`/v1/rooms/${room}/messages/${seq}/files/${id}`);

const texts = (frames: readonly Frame[]) =>
  frames.filter(({ t }) => t === 'msg').map((frame) => (frame['b'] as { text: string }).text);

t.test(
  'messages with files keep their place among those without, live, replayed and in history, once each',
  async (t) => {
    const file = await upload(alice, randomBytes(300_000), 'data.bin');
    const sender = await connect(urls[0] as string, alice);
    const reader = await connect(urls[1] as string, bob);
    const c = newClientId();
    const sent: Promise<Frame>[] = [];
    for (let n = 0; n < 30; n++) {
      const files = n % 3 === 0 ? { files: [file.id] } : {};
      const id = n === 0 ? c : newClientId();
      sent.push(sender.request({ t: 'send', r: room, c: id, b: { text: `${n}`, ...files } }));
    }
    const answers = await Promise.all(sent);
    t.ok(answers.every(({ t }) => t === 'ok'));
    const order = Array.from({ length: 30 }, (_, n) => `${n}`);
    await reader.until('all of it', (socket) => texts(socket.events(room)).length === 30);
    t.same(texts(reader.events(room)), order);
    const first = reader.events(room).find((frame) => frame.c === c) as Frame;
    const { id, name, type, size } = file;
    t.same(first['b'], { text: '0', files: [{ id, name, type, size }] }, 'what it is the server says');

    const again = await sender.request({ t: 'send', r: room, c, b: { text: '0', files: [file.id] }, again: 1 });
    t.match(again, { t: 'ok', s: answers[0]?.['s'], dup: 1 });
    const history = await bob.get<{ items: { body: { text: string; files?: File[] } }[] }>(
      `/v1/rooms/${room}/messages?limit=30`,
    );
    t.same(history.body.items.map(({ body }) => body.text).reverse(), order);
    t.equal(history.body.items.filter(({ body }) => body.files?.[0]?.id === file.id).length, 10);

    const late = await connect(urls[0] as string, bob, 'none');
    late.write({ t: 'join', rs: [room], since: { [room]: (answers[0]?.['s'] as number) - 1 } });
    await late.until('a replay', (socket) => texts(socket.events(room)).length === 30);
    t.same(texts(late.events(room)), order);
    await until('the log worker knows where it is used', async () => {
      return (await uses.countDocuments({ f: file.id, until: { $exists: false } })) === 10;
    });
    for (const socket of [sender, reader, late]) await socket.close();
  },
);

t.test('the SDK takes a file in, sends it in its place, and leads to it', async (t) => {
  const client = (person: Person, n: number) =>
    createClient({ url: urls[n] as string, api: system.api.url, token: () => person.token });
  const [sender, reader] = [client(alice, 0), client(bob, 1)];
  const told: ToldMessage[] = [];
  reader.on('message', (message) => void told.push(message as ToldMessage));
  await Promise.all([sender.connect(), reader.connect()]);
  const clientId = newClientId();
  const file = await sender.upload(new TextEncoder().encode('minutes'), { name: 'minutes.txt', clientId });
  t.match(file, { name: 'minutes.txt', type: 'text/plain', size: 7 });
  const again = await sender.upload(new TextEncoder().encode('minutes'), { name: 'minutes.txt', clientId });
  t.equal(again.id, file.id, 'repeated it is taken in once');
  const its = sender.room(room);
  await Promise.all([its.send('sdk 1'), its.send('', { files: [file.id] }), its.send('sdk 3')]);
  await until('all three', async () => told.some(({ body }) => body.text === 'sdk 3'));
  t.match(
    told.slice(-3).map(({ body }) => body),
    [{ text: 'sdk 1' }, { text: '', files: [file] }, { text: 'sdk 3' }],
  );
  const { url } = await reader.room(room).fileLink(told.at(-2)?.seq as number, file.id);
  t.equal(await (await fetch(url)).text(), 'minutes');
  await t.rejects(reader.room(room).send('x', { files: [file.id] }), { code: 'not_found' });
  await Promise.all([sender.close(), reader.close()]);
});

t.test('a file is for who may see its message, and goes with it', async (t) => {
  const file = await upload(alice, Buffer.from('secret plans'), '../plans.txt');
  const socket = await connect(urls[0] as string, alice);
  const others = await connect(urls[1] as string, bob);
  const stolen = await others.request({ t: 'send', r: room, c: newClientId(), b: { text: 'x', files: [file.id] } });
  t.match(stolen, { t: 'err', code: 'not_found' }, 'nobody sends what another has uploaded');
  const empty = await socket.request({ t: 'send', r: room, c: newClientId(), b: { text: '' } });
  t.match(empty, { t: 'err', code: 'bad_frame' });
  const c = newClientId();
  const sent = await socket.request({ t: 'send', r: room, c, b: { text: '', files: [file.id] } });
  t.equal(sent.t, 'ok');
  const seq = sent['s'] as number;
  const link = await linkOf(bob, seq, file);
  t.equal(link.status, 200, 'at once');
  const found = await fetch(`${system.api.url}${link.body.url}`);
  t.equal(await found.text(), 'secret plans');
  t.match(found.headers.get('content-disposition'), /^attachment; filename="plans.txt"/);
  t.match((await linkOf(eve, seq, file)).status, /^(403|404)$/);
  const rooms = () => bob.get<{ items: { id: string; last?: { text: string; files?: number } }[] }>('/v1/rooms');
  await until('the room says what came last', async () => {
    const { body } = await rooms();
    return body.items.find(({ id }) => id === room)?.last?.files === 1;
  });
  t.equal((await socket.request({ t: 'del', r: room, m: seq, c: newClientId() })).t, 'ok');
  t.equal((await linkOf(bob, seq, file)).status, 404, 'from then on');
  await others.until('the deletion', (one) => one.events(room).some(({ t }) => t === 'del'));
  await until('nothing uses it', async () => (await uses.countDocuments({ f: file.id })) === 0);
  t.equal((await rooms()).body.items.find(({ id }) => id === room)?.last?.files, undefined);
  t.match(await socket.request({ t: 'send', r: room, c, b: { text: '', files: [file.id] } }), {
    t: 'ok',
    s: seq,
    dup: 1,
  });
  const replayed = await connect(urls[0] as string, bob, 'none');
  replayed.write({ t: 'join', rs: [room], since: { [room]: seq - 1 } });
  await replayed.until('the masked message', (one) => one.events(room).some(({ s }) => s === seq));
  t.same(replayed.events(room).find(({ s }) => s === seq)?.['b'], { text: '' }, 'its place stays, its file does not');
  for (const one of [socket, others, replayed]) await one.close();
});
