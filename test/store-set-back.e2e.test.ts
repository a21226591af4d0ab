import { cpSync, rmSync } from 'node:fs';
import type { LocalSystem } from '@gapless/shared/local';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { deleteStream, lastSequence, replaceStream } from './actors/nats-admin.ts';
import { type Person, type RoomItem, roomOf, signUp } from './actors/person.ts';
import { expectKept, openDatabase } from './actors/record.ts';
import { type Acknowledged, sendAll } from './actors/sender.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

const stream = 'ROOM_0';

async function aRoomWithPeople(system: LocalSystem): Promise<{ people: Person[]; room: RoomItem }> {
  const people = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const [owner, other] = people as [Person, Person];
  return { people, room: await roomOf(owner, other) };
}

async function send(system: LocalSystem, { people, room }: { people: Person[]; room: RoomItem }, count: number) {
  const urls = urlsOf(system);
  const sent = await Promise.all(
    people.map((person, n) =>
      sendAll({ person, urls: [urls[n] as string], room: room.id, texts: textsOf(person.nickname, count / 2) }),
    ),
  );
  return sent.flat();
}

/** All that the log holds is in MongoDB: what a lost log alone held is the documented bound. */
async function persisted(t: Test, system: LocalSystem): Promise<number> {
  const last = await lastSequence(system.nats.url, stream);
  const watermarks = (await openDatabase(t, system)).collection<{ _id: string; seq: number }>('watermarks');
  await until(
    'everything to be in MongoDB',
    async () => ((await watermarks.findOne({ _id: stream }))?.seq ?? 0) >= last,
  );
  return last;
}

const above = (acknowledged: readonly Acknowledged[], floor: number) => acknowledged.filter(({ seq }) => seq <= floor);

// One system: what was lost once may be lost again.
const system = await aSystem(t);

t.test('a stream that is deleted while edges run comes back above every number that MongoDB holds', async (t) => {
  const cast = await aRoomWithPeople(system);
  const before = await send(system, cast, 200);
  const floor = await persisted(t, system);
  await deleteStream(system.nats.url, stream);
  const after = await send(system, cast, 200);
  t.strictSame(above(after, floor), [], 'no number was given a second time');
  await expectKept(t, system, cast.people[0] as Person, cast.room.id, [...before, ...after]);
});

t.test(
  'a stream that somebody made anew from number 1 gives no acknowledgement before it is above MongoDB',
  async (t) => {
    const cast = await aRoomWithPeople(system);
    const before = await send(system, cast, 200);
    const floor = await persisted(t, system);
    const [after] = await Promise.all([send(system, cast, 400), replaceStream(system.nats.url, stream)]);
    const again = await send(system, cast, 100);
    t.strictSame(above([...again], floor), [], 'no number was given a second time');
    const late = after.filter(({ seq }) => seq > floor + 400);
    t.ok(late.length > 0, 'the replacement happened while messages flowed');
    await expectKept(t, system, cast.people[0] as Person, cast.room.id, [...before, ...late, ...again]);
  },
);

t.test('a store restored from a copy taken 1,000 messages earlier', async (t) => {
  const cast = await aRoomWithPeople(system);
  const early = await send(system, cast, 300);
  await persisted(t, system);
  const copy = `${system.nats.storeDir}-copy`;
  await system.nats.stop();
  cpSync(system.nats.storeDir, copy, { recursive: true });
  await system.nats.start();
  const middle = await send(system, cast, 1_000);
  const floor = await persisted(t, system);
  await system.nats.kill9();
  rmSync(system.nats.storeDir, { recursive: true });
  cpSync(copy, system.nats.storeDir, { recursive: true });
  const [late] = await Promise.all([send(system, cast, 300), system.nats.start()]);
  t.strictSame(above(late, floor), [], 'no number was given a second time');
  await expectKept(t, system, cast.people[0] as Person, cast.room.id, [...early, ...middle, ...late]);
});
