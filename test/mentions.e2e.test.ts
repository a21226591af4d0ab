import type { LocalProgram } from '@gapless/shared/local';
import { type EventRow, eventRowId, type MentionRow, type RoomId, type ThreadRow } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase } from './actors/record.ts';
import { connect, newClientId, type Socket } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

interface Listed {
  readonly items: readonly { readonly room: RoomId; readonly sequence: number; readonly text: string }[];
}

const system = await aSystem(t, { edges: 1, settings: { 'log-worker': { relayAgeMs: 500 } } });
const db = await openDatabase(t, system);
const events = db.collection<EventRow>('events');
const [url = ''] = urlsOf(system);
const [ann, bob, carol] = await Promise.all([signUp(system.api.url), signUp(system.api.url), signUp(system.api.url)]);
const { id: room } = await roomOf(ann, bob, carol);
const socket = await connect(url, ann, [room]);

const at = ({ nickname }: Person) => `@${nickname}`;
const say = async (text: string, more: object = {}): Promise<number> => {
  const { t: kind, s } = await socket.request({ t: 'send', r: room, c: newClientId(), b: { text }, ...more });
  if (kind !== 'ok') throw new Error(`send answered ${kind}`);
  return s as number;
};
const listed = async (person: Person) => (await person.get<Listed>('/v1/mentions')).body.items;
const called = async (person: Person, device: Socket) => {
  const { res } = await device.request({ t: 'call', m: 'mentions.list', p: {} });
  t.same((res as Listed).items, await listed(person), 'REST and socket say the same');
};
const told = async (person: Person, k: 'mention' | 'reply') => {
  const rows = await events.find({ r: person.id as string as RoomId, k }).toArray();
  return rows.map(({ raw }) => JSON.parse(raw).m as number);
};
const alerts = (person: Person) => events.find({ r: person.id as string as RoomId, k: 'mention' }).toArray();

t.test('who is named finds it in his list and in his inbox, by REST and by socket', async (t) => {
  const s = await say(`${at(bob)}, 밥 먹자! ${at(carol)}님도`);
  await until('both are listed', async () => (await listed(bob)).length === 1 && (await listed(carol)).length === 1);
  t.match(await listed(bob), [{ room, roomName: 'A room', sequence: s, user: ann.id, nickname: ann.nickname }]);
  await called(bob, await connect(url, bob, [room]));
  t.same((await bob.get<Listed>('/v1/mentions/count')).body.items, [{ room, count: 1 }]);
  await until('the alert is in his inbox', async () => (await alerts(bob)).length === 1);
  t.match(JSON.parse((await alerts(bob))[0]?.raw ?? ''), { t: 'mention', r: bob.id, u: ann.id, in: room, m: s });
  t.same(await listed(ann), []);
});

t.test('an edit names others, a deletion nobody', async (t) => {
  const s = await say(`${at(bob)} look`);
  await until('he is listed', async () => (await listed(bob))[0]?.sequence === s);
  await socket.request({ t: 'edit', r: room, m: s, c: newClientId(), b: { text: `${at(carol)} look` } });
  await until('she is listed', async () => (await listed(carol))[0]?.sequence === s);
  t.not((await listed(bob))[0]?.sequence, s);
  await socket.request({ t: 'del', r: room, m: s, c: newClientId() });
  t.not((await listed(carol))[0]?.sequence, s, 'gone at once');
});

t.test('what one device says of notifications holds on all, live, in the inbox and in lists', async (t) => {
  const [phone, laptop] = [
    await connect(url, carol, 'none', { notes: 1 }),
    await connect(url, carol, 'none', { notes: 1 }),
  ];
  const wants = (change: object) => phone.request({ t: 'call', m: 'rooms.setNotifications', p: { room, ...change } });
  const hears = (kind: string, fields: object) =>
    laptop.until(`${kind} ${JSON.stringify(fields)}`, ({ frames }) =>
      frames.some((frame) => frame.t === kind && Object.entries(fields).every(([key, value]) => frame[key] === value)),
    );
  const s = await say('to all of you');
  await hears('note', { r: room, s, u: ann.id, why: 'message' });
  await wants({ level: 'mentions' });
  await hears('notify', { in: room, level: 'mentions' });
  const unheard = await say('to nobody in particular');
  await hears('mention', { m: await say(`${at(carol)}?`) });
  await wants({ mutedUntil: 'forever' });
  await hears('notify', { in: room, until: Number.MAX_SAFE_INTEGER });
  const muted = await say(`${at(carol)}!`);
  await until('she finds it in her list', async () => (await listed(carol))[0]?.sequence === muted);
  await wants({ level: null, mutedUntil: null });
  await laptop.until('the third word', ({ frames }) => frames.filter(({ t: kind }) => kind === 'notify').length === 3);
  const last = await say(`${at(carol)}.`);
  await Promise.all([hears('mention', { m: last }), hears('note', { r: room, s: last })]);
  t.notOk(laptop.frames.some(({ t: kind, s: upTo }) => kind === 'note' && upTo === unheard));
  t.notOk((await told(carol, 'mention')).includes(muted));
  const { items } = (await carol.get<{ items: { sequence: number; message: number }[] }>('/v1/me/notifications')).body;
  t.equal(items[0]?.message, last);
  t.notOk(items.some(({ message }) => message === muted));
  await phone.request({ t: 'call', m: 'notifications.seen', p: { sequence: items[0]?.sequence } });
  await hears('readelse', { r: carol.id, s: items[0]?.sequence });
});

t.test('a log worker that is killed again and again tells each once, and counts threads right', async (t) => {
  const worker = system.workers[0] as LocalProgram;
  const root = await say('a thread');
  const other = await connect(url, carol, 'none');
  await other.request({ t: 'send', r: room, c: newClientId(), b: { text: 'I am in it' }, re: root });
  const sent: number[] = [];
  let calling = 0;
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 15; n++) sent.push(await say(`${at(bob)} ${round}.${n}`, { re: root }));
    await worker.kill9();
    for (let n = 0; n < 5; n++) {
      // Everybody is called once a minute.
      const whom = round === 0 && n === 0 ? '@all' : at(bob);
      sent.push(await say(`${whom} ${round}.${n}`, { re: root }));
      if (whom === '@all') calling = sent.at(-1) as number;
    }
    await worker.start();
  }
  const gone = sent.splice(0, 4);
  for (const m of gone) await socket.request({ t: 'del', r: room, m, c: newClientId() });
  const thread = () => db.collection<ThreadRow>('threads').findOne({ _id: eventRowId(room, root) });
  await until('all replies are counted', async () => (await thread())?.n === sent.length + 1, 60_000);
  t.match(await thread(), { m: root, last: { s: sent.at(-1), u: ann.id }, users: [ann.id, carol.id] });
  const named = () => db.collection<MentionRow>('mentions').countDocuments({ r: room, u: bob.id, m: { $gt: root } });
  await until('all mentions are there', async () => (await named()) === sent.length);
  await until('all alerts are told', async () => (await db.collection('outbox').countDocuments()) === 0, 60_000);
  const isTold = async () => {
    const [mentioned, answered] = [await told(bob, 'mention'), await told(carol, 'reply')];
    return sent.every((m) => mentioned.includes(m)) && sent.every((m) => m === calling || answered.includes(m));
  };
  await until('and written', isTold, 60_000);
  for (const all of [await told(bob, 'mention'), await told(carol, 'reply')]) {
    t.equal(new Set(all).size, all.length, 'none of them twice');
  }
  t.notOk((await told(carol, 'reply')).includes(calling), 'who is named is told of that');
});
