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

t.test('a log worker that is killed again and again alerts each once, and counts threads right', async (t) => {
  const worker = system.workers[0] as LocalProgram;
  const root = await say('a thread');
  const sent: number[] = [];
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 15; n++) sent.push(await say(`${at(bob)} ${round}.${n}`, { re: root }));
    await worker.kill9();
    for (let n = 0; n < 5; n++) {
      // Everybody is called once a minute.
      const whom = round === 0 && n === 0 ? '@all' : at(bob);
      sent.push(await say(`${whom} ${round}.${n}`, { re: root }));
    }
    await worker.start();
  }
  const gone = sent.splice(0, 4);
  for (const m of gone) await socket.request({ t: 'del', r: room, m, c: newClientId() });
  const thread = () => db.collection<ThreadRow>('threads').findOne({ _id: eventRowId(room, root) });
  await until('all replies are counted', async () => (await thread())?.n === sent.length, 60_000);
  t.match(await thread(), { m: root, last: { s: sent.at(-1), u: ann.id }, users: [ann.id] });
  const named = () => db.collection<MentionRow>('mentions').countDocuments({ r: room, u: bob.id, m: { $gt: root } });
  await until('all mentions are there', async () => (await named()) === sent.length);
  await until('all alerts are told', async () => (await db.collection('outbox').countDocuments()) === 0, 60_000);
  const told = async () => (await alerts(bob)).map(({ raw }) => JSON.parse(raw).m as number);
  const isTold = async () => {
    const messages = new Set(await told());
    return sent.every((m) => messages.has(m));
  };
  await until('and written', isTold, 60_000);
  t.equal(new Set(await told()).size, (await told()).length, 'none of them twice');
});
