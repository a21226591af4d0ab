import type { LocalProgram } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { firstSequence } from './actors/nats-admin.ts';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { chainFaults, type HistoryItem, historyOf, openDatabase, rowsOf } from './actors/record.ts';
import { settle } from './actors/sender.ts';
import { connect, type EventFrame, newClientId, openRaw, type Socket } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

interface Folded {
  readonly user: string;
  text: string;
  deleted: boolean;
  /** `<user> <emoji>` */
  readonly reactions: Set<string>;
}

/** What a client that follows the document makes of the frames it got. */
function model(frames: readonly EventFrame[]): Map<number, Folded> {
  const messages = new Map<number, Folded>();
  for (const frame of frames) {
    const { s, u, m, b, e, on } = frame as unknown as {
      [key in 's' | 'm']: number;
    } & { u: string; b: { text: string }; e: string; on: 0 | 1 };
    if (frame.t === 'msg') messages.set(s, { user: u, text: b.text, deleted: false, reactions: new Set() });
    const message = messages.get(m);
    if (message === undefined || message.deleted) continue;
    if (frame.t === 'edit') message.text = b.text;
    else if (frame.t === 'del') Object.assign(message, { text: '', deleted: true });
    else if (frame.t === 'react') message.reactions[on === 1 ? 'add' : 'delete'](`${u} ${e}`);
  }
  return messages;
}

function shown(folded: ReadonlyMap<number, Folded>, reader: Person) {
  return [...folded].map(([sequence, { text, deleted, reactions }]) => {
    const counts = new Map<string, { count: number; mine: boolean }>();
    for (const reaction of deleted ? [] : reactions) {
      const [user, emoji] = reaction.split(' ') as [string, string];
      const { count, mine } = counts.get(emoji) ?? { count: 0, mine: false };
      counts.set(emoji, { count: count + 1, mine: mine || user === reader.id });
    }
    return { sequence, text, deleted, reactions: [...counts].sort(byEmoji) };
  });
}

const byEmoji = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

const asShown = (items: readonly HistoryItem[]) =>
  items.map(({ sequence, body, deleted, reactions = [] }) => ({
    sequence,
    text: body?.text,
    deleted: deleted === true,
    reactions: reactions
      .map(({ emoji, count, mine }): [string, { count: number; mine: boolean }] => [emoji, { count, mine }])
      .sort(byEmoji),
  }));

const emoji = ['👍', '🎉', '좋아'] as const;

/** Two people send and change what they sent, each request repeated until it is settled; some of them twice on purpose. */
async function chat(person: Person, urls: readonly string[], room: RoomId, rounds: number): Promise<number> {
  let changes = 0;
  const ask = async (frame: Record<string, unknown>) => {
    const reply = await settle(person, urls, { ...frame, r: room });
    if (++changes % 5 !== 0) return reply;
    const again = await settle(person, urls.toReversed(), { ...frame, r: room });
    if (again['s'] !== reply['s']) throw new Error(`repeated: ${JSON.stringify([reply, again])}`);
    return reply;
  };
  for (let n = 0; n < rounds; n++) {
    const { s: m } = await ask({ t: 'send', c: newClientId(), b: { text: `${n} 안녕` } });
    await ask({ t: 'react', c: newClientId(), m, e: emoji[n % 3], on: 1 });
    if (n % 2 === 0) await ask({ t: 'edit', c: newClientId(), m, b: { text: `${n} edited 👋` } });
    if (n % 3 === 0) await ask({ t: 'react', c: newClientId(), m, e: emoji[n % 3], on: 0 });
    if (n % 4 === 0) await ask({ t: 'edit', c: newClientId(), m, b: { text: `${n} edited again` } });
    if (n % 5 === 0) await ask({ t: 'del', c: newClientId(), m });
  }
  return changes;
}

async function sameEverywhere(sockets: readonly Socket[], room: RoomId, count: number): Promise<readonly EventFrame[]> {
  for (const socket of sockets) {
    await socket.until(`${count} events`, (own) => ownEvents(own, room).length >= count, 30_000);
  }
  return ownEvents(sockets[0] as Socket, room);
}

const ownEvents = (socket: Socket, room: RoomId) => socket.events(room).filter(({ t }) => t !== 'mem' && t !== 'room');

// The worker writes in many small batches, and the log forgets soon.
const settings = { 'log-worker': { batchEvents: 7, trimAgeMs: 8_000, trimIntervalMs: 500 } };
const system = await aSystem(t, { settings });

t.test(
  'edits, deletions and reactions: one order everywhere, and the same story in history and in MongoDB',
  async (t) => {
    const [alice, bob] = [await signUp(system.api.url), await signUp(system.api.url)];
    const room = (await roomOf(alice, bob)).id;
    const urls = urlsOf(system);
    const sockets = await Promise.all([connect(urls[0] as string, alice), connect(urls[1] as string, bob)]);
    const rounds = 30;
    const killing = async (program: LocalProgram, times: number) => {
      for (let n = 0; n < times; n++) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await program.kill9();
        await program.start();
      }
    };
    const [first, second] = await Promise.all([
      chat(alice, urls, room, rounds),
      chat(bob, urls.toReversed(), room, rounds),
      killing(system.workers[0] as LocalProgram, 3),
      killing(system.api, 3),
    ]);
    const frames = await sameEverywhere(sockets, room, first + second);
    t.equal(frames.length, first + second, 'each change happened once');
    t.same(ownEvents(sockets[1] as Socket, room), frames, 'in the same order on both edges');
    for (const socket of sockets) t.same(chainFaults(socket.events(room)), []);
    const folded = model(frames);
    for (const reader of [alice, bob]) {
      t.same(asShown(await historyOf(reader, room, 7)), shown(folded, reader), 'history, written or not');
    }
    const db = await openDatabase(t, system);
    const last = frames.at(-1)?.s as number;
    await until('all of it in MongoDB', async () => {
      const mark = await db.collection<{ _id: string; seq: number }>('watermarks').findOne({ _id: 'ROOM_0' });
      return (mark?.seq ?? 0) >= last;
    });
    for (const reader of [alice, bob]) t.same(asShown(await historyOf(reader, room, 7)), shown(folded, reader));
    const rows = await rowsOf(db, room);
    const messages = rows.filter(({ k }) => k === 'msg');
    t.same(
      messages.map(({ s, cur, del }) => [s, cur?.text ?? '', del === true]),
      [...folded].map(([s, { text, deleted }]) => [s, text, deleted]),
    );
    const gone = new Set(messages.filter(({ del }) => del === true).map(({ s }) => s));
    const traces = rows
      .map(({ raw, s }) => ({ s, ...JSON.parse(raw) }))
      .filter(({ s, m }) => gone.has(s) || gone.has(m));
    t.strictSame(new Set(traces.map(({ b }) => b?.text ?? '')), new Set(['']), 'nothing of what was deleted is kept');
  },
);

t.test(
  'who may change what, over both doors; the same change twice is one, another one under its id a conflict',
  async (t) => {
    const [alice, bob, eve] = [
      await signUp(system.api.url),
      await signUp(system.api.url),
      await signUp(system.api.url),
    ];
    const room = (await roomOf(alice, bob)).id;
    const urls = urlsOf(system);
    const [owner, author, stranger] = [
      await connect(urls[0] as string, alice),
      await connect(urls[1] as string, bob),
      await connect(urls[1] as string, eve),
    ];
    const { s: m } = await author.send(room, 'mine');
    const { s: other } = await owner.send(room, 'hers');
    const c = newClientId();
    const edit = { t: 'edit', r: room, m, c, b: { text: 'better' } };
    const done = await author.request(edit);
    t.match(done, { t: 'ok', s: Number, at: Number });
    t.match(await author.request(edit), { t: 'ok', s: done['s'], at: done['at'], dup: 1 });
    t.match(await author.request({ ...edit, b: { text: 'worse' } }), { code: 'conflict' });
    t.match(await author.request({ ...edit, m: other }), { code: 'conflict' });
    const refused: [Socket, Record<string, unknown>, string][] = [
      [owner, { ...edit, c: newClientId() }, 'forbidden'],
      [author, { t: 'del', r: room, m: other, c: newClientId() }, 'forbidden'],
      [stranger, { ...edit, c: newClientId() }, 'not_member'],
      [stranger, { t: 'react', r: room, m, c: newClientId(), e: '👍', on: 1 }, 'not_member'],
      [author, { ...edit, c: newClientId(), b: { text: ' ' } }, 'bad_frame'],
      [author, { ...edit, c: newClientId(), m: 999_999 }, 'not_found'],
      [author, { t: 'react', r: room, m, c: newClientId(), e: 'a b', on: 1 }, 'bad_frame'],
      [author, { t: 'react', r: room, m, c: newClientId(), e: '👍', on: 2 }, 'bad_frame'],
      [author, { t: 'del', r: room, m: 0, c: newClientId() }, 'bad_frame'],
    ];
    for (const [socket, frame, code] of refused)
      t.match(await socket.request(frame), { t: 'err', code }, JSON.stringify(frame));
    const path = `/v1/rooms/${room}/messages`;
    t.equal((await bob.ask('PATCH', `${path}/${m}`, { body: { text: 'over REST' } })).status, 200);
    t.equal((await alice.ask('PUT', `${path}/${m}/reactions/${encodeURIComponent('👍')}`)).status, 200);
    t.equal((await bob.ask('DELETE', `${path}/${other}`)).status, 403);
    t.equal((await alice.ask('DELETE', `${path}/${m}`)).status, 200, 'the owner keeps order');
    t.match(await author.request({ ...edit, c: newClientId() }), { code: 'not_found' }, 'what is deleted is gone');
    t.match(await author.request(edit), { t: 'ok', s: done['s'], dup: 1 }, 'but what was done stays answered');
    await owner.until('the deletion', (socket) => socket.events(room).some((frame) => frame.t === 'del'));
    t.same(
      owner
        .events(room)
        .filter((frame) => frame['m'] === m)
        .map((frame) => frame.t),
      ['edit', 'edit', 'react', 'del'],
    );
  },
);

/** What a client with that cursor is told of a room, on an edge of its choice. */
async function resumed(url: string, person: Person, room: RoomId, since: number): Promise<readonly EventFrame[]> {
  const socket = await openRaw(url);
  await socket.request({ t: 'hello', tok: person.token, rooms: [room], since: { [room]: since } });
  await socket.until('the room to be live', ({ frames }) => frames.some((frame) => frame.t === 'live'));
  await socket.close();
  return ownEvents(socket, room);
}

t.test(
  'who comes back is told the same from memory, from the log and from MongoDB, without what was deleted',
  async (t) => {
    const [alice, bob] = [await signUp(system.api.url), await signUp(system.api.url)];
    const room = (await roomOf(alice, bob)).id;
    const [first, second] = urlsOf(system) as [string, string];
    const socket = await connect(first, alice);
    const change = (frame: object) => socket.request({ r: room, c: newClientId(), ...frame });
    const [kept, gone] = [await socket.send(room, 'kept'), await socket.send(room, 'secret one')];
    await change({ t: 'edit', m: gone['s'], b: { text: 'secret two' } });
    await change({ t: 'edit', m: kept['s'], b: { text: 'kept, edited' } });
    await change({ t: 'react', m: kept['s'], e: '👍', on: 1 });
    const last = await change({ t: 'del', m: gone['s'] });
    await socket.until('all of it', (own) => own.events(room).at(-1)?.s === last['s']);
    const live = ownEvents(socket, room);
    const since = (live[0]?.p as number) ?? 0;
    const db = await openDatabase(t, system);
    await until('all of it in MongoDB', async () => (await rowsOf(db, room)).at(-1)?.s === last['s']);
    const expectSame = (from: string, frames: readonly EventFrame[]) => {
      t.same(
        frames.map(({ s, p, t }) => [s, p, t]),
        live.map(({ s, p, t }) => [s, p, t]),
        `${from}: every event with its number`,
      );
      t.same(model(frames), model(live), `${from}: the same story`);
      t.notMatch(JSON.stringify(frames), /secret/, `${from}: without what was deleted`);
    };
    expectSame('memory', await resumed(first, bob, room, since));
    expectSame('the log', await resumed(second, bob, room, since));
    await until('the log to forget', async () => {
      return (await firstSequence(system.nats.url, 'ROOM_0')) > (last['s'] as number);
    });
    for (const edge of system.edges) {
      await edge.kill9();
      await edge.start();
    }
    expectSame('MongoDB', await resumed(second, bob, room, since));
  },
);
