import { Failure } from '@gapless/shared/errors';
import { type FileId, newId, type RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { createFileCollection } from '../src/domain/files/file-collection.ts';
import type { FileStore } from '../src/domain/files/file-store.ts';
import type { FindMessage } from '../src/domain/messages/find-message.ts';
import { createFileRecords } from '../src/repositories/file-records.ts';
import { createGridFsFileStore } from '../src/repositories/gridfs-file-store.ts';
import { key, startTalk } from './support/talk.ts';
import { aPng, upload } from './support/uploads.ts';

const mongo = await startMongo(t);
const { api, db, ann, aRoom, send } = await startTalk(t, mongo.url);
const hourMs = 3_600_000;
const records = createFileRecords(db);
const store = createGridFsFileStore(db);
const files = db.collection<{ _id: string; state: string; until?: Date }>('files');
const uses = db.collection<{ _id: string; f: string; until?: Date }>('file_uses');

/** What the log holds, written or not, as the api would find it. */
const find: FindMessage = async ({ room, user, kind, clientId }) => {
  for (const { seq, bytes } of await api.bus.log.readRoom(room, 1, 1_000)) {
    const raw = Buffer.from(bytes).toString();
    const event = JSON.parse(raw) as { t: string; u: string; c?: string; at: number };
    if (event.t === kind && event.u === user && event.c === clientId) return { seq, at: new Date(event.at), raw };
  }
  return undefined;
};

const collectionIn = (ms: number, over: Partial<typeof records> = {}, stores: Pick<FileStore, 'remove'> = store) =>
  createFileCollection({
    ...{ records: { ...records, ...over }, store: stores, find },
    clock: { now: () => Date.now() + ms },
  });

const roundIn = async (ms: number, over: Partial<typeof records> = {}): Promise<number> =>
  (await collectionIn(ms, over).round()).removed;

async function aFile(): Promise<string> {
  const { body } = await upload(api, ann, Buffer.from(`a file ${key()}`));
  return body.id;
}

const isThere = async (id: string): Promise<boolean> => (await store.read(id)) !== undefined;

t.test('what no message ever carried is removed after a day, with its bytes', async (t) => {
  const id = await aFile();
  t.equal(await roundIn(23 * hourMs), 0);
  t.ok(await isThere(id));
  t.equal(await roundIn(25 * hourMs), 1);
  t.notOk(await isThere(id));
  t.equal(await files.countDocuments({ _id: id }), 0);
  t.equal(await roundIn(25 * hourMs), 0, 'once');
});

t.test('half an upload is removed after an hour', async (t) => {
  const [id, at] = [newId<never>(), new Date()];
  const ends = { until: new Date(at.getTime() + hourMs), deadBefore: new Date(0) };
  await records.begin({ id, user: ann.id, clientId: undefined, at, ...ends });
  t.equal(await roundIn(0), 0);
  t.equal(await roundIn(hourMs + 1), 1);
  t.equal(await files.countDocuments({ _id: id }), 0);
});

t.test('what a message carries stays, be it written or only in the log, and however late anybody looks', async (t) => {
  const [id, room] = [await aFile(), await aRoom(ann)];
  t.equal((await send(ann, room, { text: '', files: [id] })).status, 201);
  for (const days of [2, 3, 30]) t.equal(await roundIn(days * 24 * hourMs), 0, `${days} days`);
  t.ok(await isThere(id));
  t.equal((await files.findOne({ _id: id }))?.until, undefined, 'nobody looks at it again');
  t.equal((await uses.findOne({ f: id }))?.until, undefined, 'its use is confirmed');
});

t.test('what was to be carried by a message that never was stored goes', async (t) => {
  const [id, room] = [await aFile(), newId<RoomId>()];
  await records.take({ room, user: ann.id, clientId: key() as never }, [id as never], {
    owner: ann.id,
    until: new Date(Date.now() + 24 * hourMs),
  });
  t.equal(await roundIn(25 * hourMs), 0, 'its use has ended');
  t.equal(await uses.countDocuments({ f: id }), 0);
  t.equal(await roundIn(26 * hourMs + 1_000), 1, 'an hour later');
  t.notOk(await isThere(id));
});

t.test('who takes a file while it is being collected has it, or is told that it is gone; never half', async (t) => {
  const room = await aRoom(ann);
  for (const moment of ['before it is looked at', 'before it is condemned', 'afterwards'] as const) {
    const id = await aFile();
    const sendIt = () => send(ann, room, { text: moment, files: [id] });
    let status = 0;
    const removed = await roundIn(25 * hourMs, {
      isUsed: async (file) => {
        if (moment === 'before it is looked at') ({ status } = await sendIt());
        const used = await records.isUsed(file);
        if (moment === 'before it is condemned') ({ status } = await sendIt());
        return used;
      },
      forget: async (file) => {
        if (moment === 'afterwards') ({ status } = await sendIt());
        await records.forget(file);
      },
    });
    t.same([status, removed], moment === 'afterwards' ? [404, 1] : [201, 0], moment);
    t.equal(await isThere(id), moment !== 'afterwards');
  }
});

t.test('a use that ends while a collector looks at its file leaves the file due', async (t) => {
  const [id, room] = [await aFile(), newId<RoomId>()];
  const due = new Date(Date.now() + 24 * hourMs);
  await records.take({ room, user: ann.id, clientId: key() as never }, [id as never], { owner: ann.id, until: due });
  const isUsed = async (file: FileId) => {
    const used = await records.isUsed(file);
    for (const use of await records.dueUses(due, 100)) {
      if (use.file === file) await records.endUse(use, new Date(due.getTime() + hourMs));
    }
    return used;
  };
  const seen = await collectionIn(24 * hourMs + 1_000, { dueUses: async () => [], isUsed }).round();
  t.equal(seen.removed, 0, 'it was in use when it was looked at');
  t.same((await files.findOne({ _id: id }))?.until, new Date(due.getTime() + hourMs));
  t.equal(await roundIn(26 * hourMs), 1);
  t.notOk(await isThere(id));
});

t.test('what is due is looked at to its end, whatever of it is kept or cannot be removed', async (t) => {
  const [stuck, orphan] = [await aFile(), await aFile()];
  const early = (ms: number) => new Date(Date.now() + ms);
  await files.updateOne({ _id: stuck }, { $set: { until: early(1) } });
  const kept = Array.from({ length: 250 }, () => newId<FileId>());
  await files.insertMany(kept.map((_id, n) => ({ _id, state: 'ready', until: early(2 + n) })));
  await uses.insertMany(kept.map((f) => ({ _id: `room:image:${f}`, f })));
  const refusing = {
    remove: async (key: string) => {
      if (key.startsWith(stuck)) throw new Failure('store_unavailable');
      await store.remove(key);
    },
  };
  const collection = collectionIn(25 * hourMs, {}, refusing);
  const rounds = [await collection.round(), await collection.round(), await collection.round()];
  t.same(
    rounds.map(({ removed, isMore }) => [removed, isMore]),
    [
      [0, true],
      [0, true],
      [1, false],
    ],
  );
  t.same([await isThere(stuck), await isThere(orphan)], [true, false]);
  t.equal(await files.countDocuments({ _id: { $in: kept }, until: { $exists: false } }), kept.length);
  t.equal(await roundIn(26 * hourMs), 1, 'what was refused is tried again');
  t.notOk(await isThere(stuck));
});

t.test('a message that cannot be looked for keeps no other use waiting', async (t) => {
  const lost = await Promise.all([aFile(), aFile()]);
  const due = new Date(Date.now() + 24 * hourMs);
  const rooms = lost.map(() => newId<RoomId>());
  for (const [at, room] of rooms.entries()) {
    const of = { owner: ann.id, until: new Date(due.getTime() + at) };
    await records.take({ room, user: ann.id, clientId: key() as never }, [lost[at] as never], of);
  }
  const away: FindMessage = async (message) => {
    if (message.room === rooms[0]) throw new Failure('log_unavailable');
    return find(message);
  };
  const clock = { now: () => due.getTime() + 1_000 };
  await createFileCollection({ records, store, find: away, clock }).round();
  t.same(await Promise.all(lost.map((f) => uses.countDocuments({ f }))), [1, 0], 'the other one is settled');
});

t.test('the image of a user or a room stays while it is shown, and goes after it', async (t) => {
  const { body: room } = await api.post('/v1/rooms', { name: 'shown' }, ann.token);
  for (const path of ['/v1/me', `/v1/rooms/${room.id}`]) {
    const { body: file } = await upload(api, ann, aPng(20, 20));
    const shown = await api.request('PATCH', path, ann.token, { imageFile: file.id });
    for (const days of [2, 30]) {
      await roundIn(days * 24 * hourMs);
      t.ok(await isThere(file.id), `${path} ${days} days`);
    }
    t.equal((await api.api.http().inject(shown.body.image)).statusCode, 200);
    t.equal((await api.request('PATCH', path, ann.token, { image: null })).status, 200);
    await roundIn(0);
    t.ok(await isThere(file.id), 'whoever has the page open still sees it');
    await roundIn(2 * hourMs);
    t.notOk(await isThere(file.id));
  }
});

t.test('who shows a file while it is being collected shows it, or is told that it is gone', async (t) => {
  for (const moment of ['before it is looked at', 'before it is condemned', 'afterwards'] as const) {
    const { body: file } = await upload(api, ann, aPng(21, 21));
    let status = 0;
    const showIt = async () => {
      ({ status } = await api.request('PATCH', '/v1/me', ann.token, { imageFile: file.id }));
    };
    await roundIn(25 * hourMs, {
      isUsed: async (id) => {
        if (id === file.id && moment === 'before it is looked at') await showIt();
        const isUsed = await records.isUsed(id);
        if (id === file.id && moment === 'before it is condemned') await showIt();
        return isUsed;
      },
      forget: async (id) => {
        if (id === file.id && moment === 'afterwards') await showIt();
        await records.forget(id);
      },
    });
    t.equal(await isThere(file.id), moment !== 'afterwards', moment);
    t.equal(status, moment === 'afterwards' ? 404 : 200);
  }
});

t.test('of many processes one collects at a time', async (t) => {
  const now = new Date();
  const turns = await Promise.all(Array.from({ length: 5 }, () => records.turn(now, new Date(now.getTime() + 1_000))));
  t.equal(turns.filter((has) => has).length, 1);
  t.equal(await records.turn(new Date(now.getTime() + 1_001), new Date(now.getTime() + 2_000)), true);
});
