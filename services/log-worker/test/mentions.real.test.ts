import type { OutboxRow } from '@gapless/shared/outbox';
import { systemClock } from '@gapless/shared/runtime';
import { type EventRow, eventRowId, type MentionRow, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createEventWriter } from '../src/event-writer.ts';
import type { MentionStore } from '../src/mention-store.ts';
import { createMentions } from '../src/mentions.ts';
import { createMongoMentionStore } from '../src/mongo-mention-store.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { createMongoNotifyReads } from '../src/mongo-notify-reads.ts';
import { createMongoPeople } from '../src/mongo-people.ts';
import { createMongoReplyStore } from '../src/mongo-reply-store.ts';
import { createReplies } from '../src/replies.ts';
import type { ReplyStore } from '../src/reply-store.ts';
import { clientId, logged } from './events.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true });
t.teardown(() => client.close());
const db = client.db('mentions');
const events = db.collection<EventRow>('events');
const mentions = db.collection<MentionRow>('mentions');
const outbox = db.collection<OutboxRow>('outbox');
const insert = (collection: string, row: { readonly _id: string }) =>
  db.collection<{ _id: string }>(collection).insertOne(row);

const allLimit = 5;
const bells: UserId[] = [];
const store = createMongoMessageStore(db);
const mentionStore = createMongoMentionStore(db);
const replyStore = createMongoReplyStore(db);
const telling = {
  people: createMongoPeople(db),
  wishes: createMongoNotifyReads(db),
  clock: systemClock,
  alerted: (told: readonly UserId[]) => void bells.push(...told),
};
const writer = (over: Partial<MentionStore> = {}, ofReplies: Partial<ReplyStore> = {}) =>
  createEventWriter({
    store,
    derived: [
      createMentions({ ...telling, store: { ...mentionStore, ...over }, allLimit }),
      createReplies({ ...telling, store: { ...replyStore, ...ofReplies } }),
    ],
    deadLetters: { put: async () => undefined },
  });
await Promise.all([store.prepare(), mentionStore.prepare()]);

/** A room of an owner, a moderator and members by those names, each in since the event of that number. */
async function aRoom(names: readonly string[], over: { kind?: string; h?: 'joined'; since?: number } = {}) {
  const room = newId<RoomId>();
  const ids = new Map<string, UserId>();
  for (const [n, name] of names.entries()) {
    const id = newId<UserId>();
    ids.set(name, id);
    const nick = `${name}-${room.slice(-6)}`;
    await insert('users', { _id: id, nick, nickKey: nick } as never);
    const role = ['owner', 'moderator'][n] ?? 'member';
    const { since = 1, h } = over;
    await insert('members', { _id: `${room}:${id}`, r: room, u: id, role, out: false, since, h } as never);
  }
  await insert('rooms', { _id: room, kind: over.kind ?? 'group', members: names.length } as never);
  const of = (name: string) => ids.get(name) as UserId;
  const at = (name: string) => `@${name}-${room.slice(-6)}`;
  const event = (seq: number, by: string, fields: object) =>
    logged(seq, { v: 1, r: room, u: of(by), at: 1_700_000_000_000 + seq, c: clientId(seq), ...fields }, { room });
  return {
    room,
    of,
    at,
    says: (seq: number, by: string, text: string) => event(seq, by, { t: 'msg', b: { text } }),
    answers: (seq: number, by: string, re: number, text = 'so it is', quote?: number) =>
      event(seq, by, { t: 'msg', re, b: { text, ...(quote === undefined ? {} : { quote }) } }),
    quotes: (seq: number, by: string, quote: number) => event(seq, by, { t: 'msg', b: { text: 'as said', quote } }),
    edits: (seq: number, by: string, m: number, text: string) => event(seq, by, { t: 'edit', m, b: { text } }),
    deletes: (seq: number, by: string, m: number) => event(seq, by, { t: 'del', m }),
    row: (seq: number) => events.findOne({ _id: eventRowId(room, seq) }),
    named: async (m: number) => {
      const rows = await mentions.find({ r: room, m }).toArray();
      return rows.map(({ u }) => names.find((name) => of(name) === u)).sort();
    },
    wants: (name: string, fields: object) =>
      insert('notify_rooms', { _id: `${room}:${of(name)}`, r: room, u: of(name), ver: 2, ...fields } as never),
    replies: async (m: number) => {
      const rows = await outbox.find({ _id: { $regex: `^reply:${room}:${m}:` } }).toArray();
      return rows.map(({ r }) => names.find((name) => of(name) === (r as string))).sort();
    },
    alerts: async () => {
      const rows = await outbox.find({ _id: { $regex: `^mention:${room}:` } }).toArray();
      return rows.map(({ r }) => names.find((name) => of(name) === (r as string))).sort();
    },
  };
}

const write = (all: Parameters<ReturnType<typeof writer>>[1], by = writer()) => by('ROOM_0', all, { patient: false });

t.test('who is named is kept with the message, listed, and alerted once, however often it is written', async (t) => {
  const { room, of, at, says, row, named, alerts } = await aRoom(['ann', 'bob', 'carol', 'dave']);
  const batch = [says(5, 'carol', `hi ${at('bob')} and ${at('ann')}, ${at('bob')}!`), says(6, 'dave', 'nobody')];
  bells.length = 0;
  await write(batch);
  t.same(new Set((await row(5))?.men), new Set([of('ann'), of('bob')]));
  t.notOk((await row(6))?.menv);
  t.same(await named(5), ['ann', 'bob']);
  t.same(await alerts(), ['ann', 'bob']);
  t.same(new Set(bells), new Set([of('ann'), of('bob')]));
  const alert = await outbox.findOne({ r: of('ann') as string as RoomId });
  t.match(alert, { inbox: true, us: [] });
  t.same(JSON.parse(alert?.event ?? ''), {
    ...{ v: 1, t: 'mention', r: of('ann'), u: of('carol'), at: 1_700_000_000_005, in: room, m: 5 },
  });
  await outbox.deleteMany({});
  await write(batch);
  await write([...batch, says(7, 'ann', 'more')]);
  t.same(await alerts(), [], 'what was told is not told again');
  t.same(await named(5), ['ann', 'bob']);
});

t.test('nobody is named who is himself the author, not in the room, disabled, or blocked by either', async (t) => {
  const { room, of, at, says, row, named } = await aRoom(['ann', 'bob', 'carol', 'dave', 'eve', 'fay']);
  const far = await aRoom(['zoe']);
  await db.collection<{ _id: string }>('users').updateOne({ _id: of('bob') }, { $set: { off: true } });
  await db.collection<{ _id: string }>('members').updateOne({ _id: `${room}:${of('carol')}` }, { $set: { out: true } });
  await insert('blocks', { _id: `${of('dave')}:${of('ann')}` });
  await insert('blocks', { _id: `${of('ann')}:${of('eve')}` });
  await write([says(5, 'ann', `${['ann', 'bob', 'carol', 'dave', 'eve', 'fay'].map(at).join(' ')} ${far.at('zoe')}`)]);
  t.same(await named(5), ['fay']);
  t.same((await row(5))?.men, [of('fay')]);
});

t.test('a name is whose it was when the message was written, whatever people are called later', async (t) => {
  const { of, at, says, row, named } = await aRoom(['ann', 'bob', 'carol']);
  const batch = [says(5, 'ann', `hello ${at('bob')}`)];
  await write(batch);
  const accounts = db.collection<{ _id: string }>('users');
  await accounts.updateOne({ _id: of('bob') }, { $set: { nickKey: 'somebody-else' } });
  await accounts.updateOne({ _id: of('carol') }, { $set: { nickKey: at('bob').slice(1) } });
  await write(batch);
  t.same((await row(5))?.men, [of('bob')]);
  t.same(await named(5), ['bob']);
});

t.test('who dies between the steps loses no alert and doubles none', async (t) => {
  const { at, says, named, alerts } = await aRoom(['ann', 'bob', 'carol']);
  const batch = [says(5, 'ann', `hello ${at('bob')} ${at('carol')}`)];
  const dies = async () => {
    throw new Error('died');
  };
  await t.rejects(write(batch, writer({ keep: dies })), /died/);
  await t.rejects(write(batch, writer({ add: dies })), /died/);
  await t.rejects(write(batch, writer({ retain: dies })), /died/);
  await Promise.all([write(batch), write(batch), write(batch)].map((one) => one.catch(() => undefined)));
  await write(batch);
  t.same(await named(5), ['bob', 'carol']);
  t.same(await alerts(), ['bob', 'carol']);
});

t.test(
  'an edit alerts who is named anew, takes away who is not named any more, and a deletion everybody',
  async (t) => {
    const { of, at, says, edits, deletes, row, named, alerts } = await aRoom(['ann', 'bob', 'carol', 'dave']);
    await write([says(5, 'ann', `hello ${at('bob')} ${at('dave')}`)]);
    await outbox.deleteMany({});
    const edit = edits(6, 'ann', 5, `hello ${at('dave')} ${at('carol')}`);
    await write([edit]);
    t.same(await named(5), ['carol', 'dave']);
    t.same(await alerts(), ['carol']);
    t.match(await row(5), { men: { length: 2 }, menv: 6 });
    await write([says(5, 'ann', `hello ${at('bob')} ${at('dave')}`), edit]);
    t.same(await named(5), ['carol', 'dave']);
    await write([edits(7, 'ann', 5, 'nobody')]);
    t.same(await named(5), []);
    t.same((await row(5))?.men, []);
    await insert('events', { _id: 'landed', op: `mention:${(await row(5))?.r}:5:${of('carol')}` } as never);
    await outbox.deleteMany({});
    await write([edits(8, 'ann', 5, `again ${at('carol')}`)]);
    t.same(await named(5), ['carol']);
    t.same(await alerts(), [], 'one message alerts a user once');
    await write([deletes(9, 'bob', 5), edits(10, 'ann', 5, `too late ${at('bob')}`)]);
    t.same(await named(5), []);
    t.notOk((await row(5))?.men);
  },
);

t.test("nobody else's edit names anybody, nor does a message that landed twice", async (t) => {
  const { at, says, edits, named, alerts } = await aRoom(['ann', 'bob', 'carol']);
  await write([says(5, 'ann', `hello ${at('bob')}`), edits(6, 'bob', 5, `hello ${at('carol')}`)]);
  t.same(await named(5), ['bob']);
  const again = says(5, 'ann', `hello ${at('bob')}`);
  await write([{ ...again, seq: 7 }]);
  t.same(await named(7), []);
  t.same(await alerts(), ['bob']);
});

t.test(
  'everybody is called by who keeps order, in rooms that are not too big; who came later was not meant',
  async (t) => {
    const { room, of, at, says, row, named } = await aRoom(['ann', 'bob', 'carol', 'dave']);
    await db.collection<{ _id: string }>('members').updateOne({ _id: `${room}:${of('dave')}` }, { $set: { since: 9 } });
    await write([says(5, 'bob', `@all ${at('carol')}`), says(6, 'carol', '@all')]);
    t.same(await named(5), ['ann', 'carol']);
    t.match(await mentions.findOne({ r: room, m: 5, u: of('ann') }), { all: true });
    t.notOk((await mentions.findOne({ r: room, m: 5, u: of('carol') }))?.all);
    t.match(await row(5), { mall: true, men: [of('carol')] });
    t.same(await named(6), [], 'not by a member');
    await db.collection<{ _id: string }>('rooms').updateOne({ _id: room }, { $set: { members: allLimit + 1 } });
    await write([says(7, 'ann', '@all')]);
    t.same(await named(7), [], 'not in a bigger room');
    const direct = await aRoom(['ann', 'x', 'bob'], { kind: 'direct' });
    await write([direct.says(5, 'bob', '@all')]);
    t.same(await direct.named(5), ['ann', 'x'], 'by either of two');
  },
);

t.test(
  'everybody is called once a minute in a room, whoever calls, and the same way when it is written again',
  async (t) => {
    const { room, says, edits, row, named } = await aRoom(['ann', 'bob', 'carol']);
    const batch = [says(5, 'ann', '@all one'), says(6, 'ann', '@all two'), says(7, 'bob', '@all three')];
    const later = says(60_008, 'bob', '@all a minute later');
    const dies = async () => {
      throw new Error('died');
    };
    await t.rejects(write([...batch, later], writer({ keep: dies })), /died/);
    await write([...batch, later]);
    t.same(await Promise.all([5, 6, 7, 60_008].map(named)), [['bob', 'carol'], [], [], ['ann', 'carol']]);
    t.notOk((await row(6))?.mall);
    await write([edits(60_009, 'ann', 5, '@all one, mended'), edits(60_010, 'ann', 6, '@all two, again')]);
    t.same(
      await Promise.all([5, 6].map(named)),
      [['bob', 'carol'], []],
      'an edit keeps what was called, and calls nobody',
    );
    await db.collection<{ _id: string }>('calls').deleteMany({ _id: { $regex: `^${room}:` } });
    await write(batch);
    t.same(await Promise.all([5, 6, 7].map(named)), [['bob', 'carol'], [], []], 'decided for good');
  },
);

t.test('who does not see the message is not told of it', async (t) => {
  const { room, of, at, says, named } = await aRoom(['ann', 'bob', 'carol'], { h: 'joined', since: 3 });
  await db.collection<{ _id: string }>('members').updateOne({ _id: `${room}:${of('carol')}` }, { $set: { since: 8 } });
  await write([says(5, 'ann', `${at('bob')} ${at('carol')}`), says(9, 'ann', at('carol'))]);
  t.same(await named(5), ['bob']);
  t.same(await named(9), ['carol']);
});

t.test('who came just now is named though the one who let him in has not noted yet where his stay began', async (t) => {
  const { room, of, at, says, named } = await aRoom(['ann', 'bob', 'carol', 'dave'], { h: 'joined' });
  const members = db.collection<{ _id: string }>('members');
  for (const [name, jver] of Object.entries({ carol: 7, dave: 8 })) {
    await members.updateOne({ _id: `${room}:${of(name)}` }, { $set: { since: 0, jver } });
    await insert('outbox', { _id: `${room}-${jver}`, r: room, ver: jver } as never);
  }
  await insert('events', { _id: eventRowId(room, 4), r: room, s: 4, k: 'mem', op: `${room}-7` } as never);
  await write([says(5, 'ann', `${at('carol')} ${at('dave')}`), says(6, 'ann', '@all'), says(3, 'ann', at('carol'))]);
  t.same(await named(5), ['carol'], 'dave comes later');
  t.same(await named(6), ['bob', 'carol']);
  t.same(await named(3), [], 'from before he came');
  await outbox.deleteMany({ r: room });
  await members.updateOne({ _id: `${room}:${of('dave')}` }, { $set: { since: 8 } });
  await write([says(9, 'ann', at('dave'))]);
  t.same(await named(9), ['dave']);
});

t.test('who wants to hear nothing, or has read it, is listed and counted, and not alerted', async (t) => {
  const names = ['ann', 'bob', 'carol', 'dave', 'eve', 'fay', 'gus'];
  const { room, of, at, says, wants, named, alerts } = await aRoom(names);
  await wants('bob', { level: 'none' });
  await wants('carol', { until: Date.now() + 60_000 });
  await wants('dave', { until: Date.now() - 1, level: 'mentions' });
  await insert('notify_users', { _id: of('eve'), until: Number.MAX_SAFE_INTEGER, ver: 2 } as never);
  await insert('reads', { _id: `${room}:${of('fay')}`, r: room, u: of('fay'), read: 5, recv: 5 } as never);
  const batch = [says(5, 'ann', names.map(at).join(' '))];
  await write(batch);
  await write(batch);
  t.same(await named(5), ['bob', 'carol', 'dave', 'eve', 'fay', 'gus']);
  t.same(await alerts(), ['dave', 'gus']);
});

t.test('an answer is told to those who wrote in its thread before, once, however often it is written', async (t) => {
  const { room, of, at, says, answers, replies, alerts } = await aRoom(['ann', 'bob', 'carol', 'dave', 'eve']);
  const batch = [
    ...[says(5, 'ann', 'root'), answers(6, 'bob', 5), answers(7, 'carol', 5)],
    answers(8, 'bob', 5, `yes ${at('dave')}, ${at('carol')}`),
  ];
  bells.length = 0;
  const dies = async () => {
    throw new Error('died');
  };
  await t.rejects(write(batch, writer({}, { tell: dies })), /died/);
  await Promise.all([write(batch), write(batch)].map((one) => one.catch(() => undefined)));
  await write(batch);
  t.same(
    await Promise.all([5, 6, 7, 8].map(replies)),
    [[], ['ann'], ['ann', 'bob'], ['ann']],
    'named is more than told',
  );
  t.same(await alerts(), ['carol', 'dave']);
  t.ok(bells.includes(of('ann')));
  const word = await outbox.findOne({ _id: `reply:${room}:7:${of('ann')}` as never });
  const common = { v: 1, t: 'reply', r: of('ann'), u: of('carol'), at: 1_700_000_000_007 };
  t.same(JSON.parse(word?.event ?? ''), { ...common, in: room, m: 7, re: 5 });
  await outbox.deleteMany({});
  await write(batch);
  t.same(await Promise.all([6, 7, 8].map(replies)), [[], [], []], 'what was told is not told again');
});

t.test('who is quoted is told, unless he is gone, blocked, or does not want to hear it', async (t) => {
  const names = ['ann', 'bob', 'carol', 'dave', 'eve'];
  const { room, of, says, quotes, answers, deletes, wants, replies } = await aRoom(names);
  await write(names.map((name, n) => says(5 + n, name, 'words')));
  await insert('blocks', { _id: `${of('carol')}:${of('ann')}` });
  await db.collection<{ _id: string }>('members').updateOne({ _id: `${room}:${of('dave')}` }, { $set: { out: true } });
  await wants('eve', { level: 'none' });
  const all = [5, 6, 7, 8, 9].map((m) => quotes(m + 5, 'ann', m));
  await write([...all, quotes(20, 'ann', 6), deletes(21, 'ann', 20), answers(22, 'ann', 5, 'both', 6)]);
  t.same(await Promise.all([10, 11, 12, 13, 14].map(replies)), [[], ['bob'], [], [], []]);
  t.same(await replies(20), [], 'nobody is told of what is gone already');
  const word = await outbox.findOne({ _id: `reply:${room}:22:${of('bob')}` as never });
  t.match(JSON.parse(word?.event ?? ''), { m: 22, re: 5, q: 6 });
});

t.test('of a crowd that is named only the first are told', async (t) => {
  const crowd = Array.from({ length: 30 }, (_, n) => `p${n}`);
  const { at, says, named } = await aRoom(crowd);
  await write([says(5, 'p29', crowd.map(at).join(' '))]);
  t.equal((await named(5)).length, 20);
});

t.test('lists, counts and removals find mentions by their keys', async (t) => {
  const [u, r] = [newId<UserId>(), newId<RoomId>()];
  for (const plan of await Promise.all([
    mentions.find({ u }).sort({ at: -1, _id: -1 }).limit(9).explain('queryPlanner'),
    mentions.find({ u, r, m: { $gt: 1 } }).explain('queryPlanner'),
    mentions
      .find({
        $or: [
          { r, m: 1 },
          { r, m: 2 },
        ],
      })
      .explain('queryPlanner'),
  ])) {
    t.notMatch(JSON.stringify(plan['queryPlanner'].winningPlan), /COLLSCAN|"SORT"/);
  }
});
