import t from 'tap';
import { bucketOf, roomOf, streamNames, streamOf, streamSubjects, subjects } from '../../src/bus/index.ts';
import { bareId, inboxOf, isId, isInbox, type RoomId, type UserId } from '../../src/schema/index.ts';

t.test('the bucket of an id is frozen', async (t) => {
  // FNV-1a 32 of the bytes, lowest byte; a change here would orphan every room that exists.
  const vectors: [string, number][] = [
    ['', 0xc5],
    ['a', 0x2c],
    ['foobar', 0x68],
    ['01hzzzzzzzzzzzzzzzzzzzzzzz', 0x78],
    ['한국', 0xc3],
  ];
  for (const [id, bucket] of vectors) t.equal(bucketOf(id), bucket, JSON.stringify(id));
});

t.test('a subject is made of ids only', async (t) => {
  const room = '01hq0000000000000000000000' as RoomId;
  t.match(subjects.room(room), /^room\.\d{3}\.01hq0000000000000000000000$/);
  t.equal(roomOf(subjects.room(room)), room);
  t.equal(roomOf(subjects.liveSignal(room)), room);
  for (const bad of ['>', '*', 'a.b', '', '01HQ0000000000000000000000', `${room}.x`]) {
    t.throws(() => subjects.room(bad as RoomId), `refuses ${bad}`);
  }
});

t.test('a user’s inbox is a room under a word of its own, which no id can name', async (t) => {
  const user = '01hq0000000000000000000000' as UserId;
  const inbox = inboxOf(user);
  t.match(subjects.room(inbox), /^user\.\d{3}\.01hq0000000000000000000000$/);
  t.equal(roomOf(subjects.room(inbox)), inbox);
  t.equal(roomOf(`live.${subjects.room(inbox)}.log`), inbox);
  t.equal(bareId(inbox), user);
  t.ok(isInbox(inbox));
  t.notOk(isId(inbox));
  t.notOk(isInbox(user as string as RoomId));
  for (const count of [1, 8]) t.equal(streamOf(inbox, count), streamOf(bareId(inbox), count), 'one stream for both');
  t.throws(() => subjects.room(inboxOf('>' as UserId)));
});

t.test('every bucket belongs to exactly one stream, whatever their number', async (t) => {
  for (const count of [2, 3, 8, 16, 256]) {
    const all = streamNames(count).flatMap((_, index) => streamSubjects(index, count));
    t.equal(new Set(all).size, 512, `${count} streams`);
    t.equal(all.length, 512, `${count} streams, none twice`);
  }
  t.strictSame(streamSubjects(0, 1), ['room.*.*', 'user.*.*']);
  t.equal(streamOf('01hq0000000000000000000000' as RoomId, 1), 'ROOM_0');
});
