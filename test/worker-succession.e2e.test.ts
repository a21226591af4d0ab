import type { LocalSystem, ServiceProgram } from '@gapless/shared/local';
import { until } from '@gapless/shared/testing';
import type { Db } from 'mongodb';
import t, { type Test } from 'tap';
import { lastSequence } from './actors/nats-admin.ts';
import { type Person, type RoomItem, roomOf, signUp } from './actors/person.ts';
import { expectKept, openDatabase, rowsOf } from './actors/record.ts';
import { type Acknowledged, sendAll } from './actors/sender.ts';
import { connect, newClientId } from './actors/socket.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

const stream = 'ROOM_0';

interface Watermark {
  readonly _id: string;
  readonly seq: number;
  readonly epoch: number;
  readonly holder: string;
}

const watermark = async (db: Db): Promise<Watermark> => {
  const row = await db.collection<Watermark>('watermarks').findOne({ _id: stream });
  if (row === null) throw new Error('no watermark');
  return row;
};

async function settledAt(system: LocalSystem, db: Db): Promise<void> {
  const last = await lastSequence(system.nats.url, stream);
  await until('the watermark to reach the end of the log', async () => (await watermark(db)).seq >= last);
}

/** The one of the workers that says it writes the stream. */
async function activeWorker(system: LocalSystem): Promise<ServiceProgram> {
  for (const worker of system.workers) {
    const metrics = await (await fetch(`${worker.adminUrl}/metrics`)).text();
    if (/^gapless_leases_held\{[^}]*\} 1$/m.test(metrics)) return worker;
  }
  throw new Error('no worker writes the stream');
}

async function threeRooms(system: LocalSystem): Promise<{ person: Person; rooms: RoomItem[] }> {
  const person = await signUp(system.api.url);
  return { person, rooms: [await roomOf(person), await roomOf(person), await roomOf(person)] };
}

async function sendTo(system: LocalSystem, person: Person, rooms: RoomItem[], each: number): Promise<Acknowledged[][]> {
  return Promise.all(
    rooms.map(({ id }) => sendAll({ person, urls: urlsOf(system), room: id, texts: textsOf('one', each) })),
  );
}

/** Rows carry no time of their writing, so the order is watched while it happens. */
function watchOrder(t: Test, db: Db): { faults: string[] } {
  const faults: string[] = [];
  const newest = new Map<string, number>();
  const changes = db
    .collection<{ _id: string; r: string; s: number }>('events')
    .watch([{ $match: { operationType: 'insert' } }]);
  changes.on('change', (change) => {
    if (change.operationType !== 'insert') return;
    const { r, s } = change.fullDocument;
    if (s < (newest.get(r) ?? 0)) faults.push(`${r}: ${s} was written after ${newest.get(r)}`);
    newest.set(r, s);
  });
  changes.on('error', () => undefined);
  t.teardown(() => changes.close());
  return { faults };
}

/** Every third message becomes what its edit says, written in a batch of its own or another's. */
async function editSome(system: LocalSystem, person: Person, sent: Acknowledged[][]): Promise<Acknowledged[]> {
  const some = sent.flat().filter((_, n) => n % 3 === 0);
  const socket = await connect(system.edges[0]?.url ?? '', person, 'none');
  for (let from = 0; from < some.length; from += 50) {
    const edits = some.slice(from, from + 50).map(async ({ room, seq }) => {
      const edit = { t: 'edit', r: room, m: seq, c: newClientId(), b: { text: `edited ${seq}` } };
      const reply = await socket.request(edit);
      if (reply.t !== 'ok') throw new Error(`an edit was answered ${JSON.stringify(reply)}`);
    });
    await Promise.all(edits);
  }
  await socket.close();
  return some;
}

async function expectEdited(t: Test, db: Db, edited: Acknowledged[]): Promise<void> {
  const rows = db.collection<{ _id: string; r: string; s: number; cur?: { text: string } }>('events');
  const lacking = async () => {
    const found = await rows.find({ 'cur.text': /^edited / }).toArray();
    const texts = new Map(found.map(({ r, s, cur }) => [`${r}:${s}`, cur?.text]));
    return edited.filter(({ room, seq }) => texts.get(`${room}:${seq}`) !== `edited ${seq}`);
  };
  await until('every edit to be folded into its message', async () => (await lacking()).length === 0, 60_000);
  t.equal(await db.collection('dead_letters').countDocuments(), 0, 'none was set aside');
}

async function expectOrder(t: Test, system: LocalSystem, person: Person, rooms: RoomItem[], sent: Acknowledged[][]) {
  for (const [n, { id }] of rooms.entries()) await expectKept(t, system, person, id, sent[n] ?? []);
}

t.test(
  'kill -9 of the active worker with 1,600 events not written, edits among them: the other one writes each room in order',
  async (t) => {
    const system = await aSystem(t, { workers: 2, settings: { 'log-worker': { batchEvents: 50 } } });
    const db = await openDatabase(t, system);
    const { person, rooms } = await threeRooms(system);
    const { faults } = watchOrder(t, db);
    const active = await activeWorker(system);
    active.pause();
    const sent = await sendTo(system, person, rooms, 400);
    const edited = await editSome(system, person, sent);
    await active.kill9();
    await expectOrder(t, system, person, rooms, sent);
    await expectEdited(t, db, edited);
    t.strictSame(faults, [], 'written in the order of the log');
  },
);

t.test('SIGSTOP of the active worker: the other one takes over, and the awakened one moves nothing', async (t) => {
  const system = await aSystem(t, { workers: 2, settings: { 'log-worker': { batchEvents: 50 } } });
  const db = await openDatabase(t, system);
  const { person, rooms } = await threeRooms(system);
  const { faults } = watchOrder(t, db);
  const active = await activeWorker(system);
  const before = await watermark(db);
  const sending = sendTo(system, person, rooms, 400);
  await until('some events to be written', async () => (await watermark(db)).seq > before.seq + 50);
  active.pause();
  const sent = await sending;
  const edited = await editSome(system, person, sent);
  await until('another worker to take over', async () => (await watermark(db)).epoch > before.epoch);
  await expectOrder(t, system, person, rooms, sent);
  await expectEdited(t, db, edited);
  await settledAt(system, db);
  const settled = await watermark(db);
  active.resume();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const after = await watermark(db);
  t.strictSame([after.seq, after.epoch, after.holder], [settled.seq, settled.epoch, settled.holder], 'nothing moved');
  const more = await sendTo(system, person, rooms, 20);
  await expectOrder(
    t,
    system,
    person,
    rooms,
    sent.map((one, n) => [...one, ...(more[n] ?? [])]),
  );
  t.strictSame(faults, [], 'written in the order of the log');
  t.ok((await rowsOf(db, (rooms[0] as RoomItem).id)).length > 420);
});
