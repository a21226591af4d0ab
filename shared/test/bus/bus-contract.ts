import type { Test } from 'tap';
import type { Bus, LoggedEvent, NewEvent, WrittenNote } from '../../src/bus/index.ts';
import { encodeEvent, eventId, messageEvent, streamOf } from '../../src/bus/index.ts';
import {
  type ClientId,
  newId,
  type OpId,
  type Revocation,
  type RoomId,
  type SessionId,
  type UserId,
} from '../../src/schema/index.ts';
import { until } from '../../src/testing/index.ts';
import { inboxContract } from './inbox-contract.ts';

export const aMessage = (room: RoomId, n: number, user = 'u'.repeat(26) as UserId): NewEvent => {
  const clientId = `client-id-${String(n).padStart(10, '0')}` as ClientId;
  const event = messageEvent({ room, user, at: 1_700_000_000_000, clientId, body: { text: `message ${n}` } });
  return { room, id: eventId(room, user, 'msg', clientId), lane: `${room}:${user}`, bytes: encodeEvent(event) };
};

const collect = async (following: AsyncIterable<LoggedEvent>, count: number): Promise<LoggedEvent[]> => {
  const events: LoggedEvent[] = [];
  for await (const event of following) if (events.push(event) >= count) break;
  return events;
};

/** What every bus must do; `makeBus` gives one whose streams exist and may be written to. */
export function busContract(t: Test, makeBus: (t: Test) => Promise<Bus>): void {
  t.test('numbers rise in a room, and what is read back is what was appended', async (t) => {
    const { log } = await makeBus(t);
    const room = newId<RoomId>();
    const seqs: number[] = [];
    for (let n = 0; n < 5; n++) seqs.push((await log.append(aMessage(room, n))).seq);
    t.strictSame(
      seqs,
      [...seqs].sort((a, b) => a - b),
    );
    t.equal(new Set(seqs).size, 5);
    const events = await log.readRoom(room, 0, 10);
    t.strictSame(
      events.map(({ seq, bytes, id }) => [seq, Buffer.from(bytes).toString(), id]),
      seqs.map((seq, n) => [seq, Buffer.from(aMessage(room, n).bytes).toString(), aMessage(room, n).id]),
    );
  });

  t.test('a ping is answered behind what was there to be told before', async (t) => {
    const bus = await makeBus(t);
    const room = newId<RoomId>();
    const told: number[] = [];
    const event = (seq: number) => void told.push(seq);
    const following = await bus.live.follow(room, { event, signal: () => undefined });
    const stored = await Promise.all(Array.from({ length: 200 }, (_, n) => bus.log.append(aMessage(room, n))));
    await bus.ping();
    t.equal(told.length, stored.length);
    following.stop();
  });

  t.test('the same id is stored once and answers the first number', async (t) => {
    const { log } = await makeBus(t);
    const room = newId<RoomId>();
    const first = await log.append(aMessage(room, 1));
    const second = await log.append(aMessage(room, 1));
    t.strictSame([first.duplicate, second.duplicate, second.seq], [false, true, first.seq]);
    t.equal((await log.readRoom(room, 0, 10)).length, 1);
  });

  t.test('the same client id in two rooms is two messages', async (t) => {
    const { log } = await makeBus(t);
    const rooms = [newId<RoomId>(), newId<RoomId>()];
    for (const room of rooms) t.notOk((await log.append(aMessage(room, 1))).duplicate);
  });

  t.test('tells when an event was stored, or the next one that is there', async (t) => {
    const { log, streams } = await makeBus(t);
    const room = newId<RoomId>();
    const began = Date.now();
    const first = await log.append(aMessage(room, 1));
    const second = await log.append(aMessage(room, 2));
    const stream = streamOf(room, streams.names.length);
    const at = (await streams.storedAt(stream, first.seq))?.getTime() ?? 0;
    t.ok(Math.abs(at - began) < 60_000);
    t.ok(((await streams.storedAt(stream, second.seq))?.getTime() ?? 0) >= at);
    t.equal(await streams.storedAt(stream, second.seq + 1_000_000), undefined);
    await streams.trim(stream, first.seq);
    t.ok(await streams.storedAt(stream, first.seq));
  });

  t.test('events of a lane are stored in the order in which they were appended', async (t) => {
    const { log } = await makeBus(t);
    const room = newId<RoomId>();
    const all = await Promise.all(Array.from({ length: 200 }, (_, n) => log.append(aMessage(room, n))));
    const seqs = all.map(({ seq }) => seq);
    t.strictSame(
      seqs,
      [...seqs].sort((a, b) => a - b),
    );
  });

  t.test('reading starts and ends where it is told to', async (t) => {
    const { log } = await makeBus(t);
    const room = newId<RoomId>();
    const seqs: number[] = [];
    for (let n = 0; n < 6; n++) seqs.push((await log.append(aMessage(room, n))).seq);
    await log.append(aMessage(newId<RoomId>(), 1));
    const numbers = async (from: number, limit: number) =>
      (await log.readRoom(room, from, limit)).map(({ seq }) => seq);
    t.strictSame(await numbers(seqs[2] as number, 2), seqs.slice(2, 4));
    const ofLeader = async (from: number, limit: number) =>
      (await log.readRoom(room, from, limit, 'leader')).map(({ seq }) => seq);
    t.strictSame(await ofLeader(0, 10), seqs, 'the leader tells the same');
    t.strictSame(await ofLeader(seqs[2] as number, 2), seqs.slice(2, 4));
    t.strictSame(await ofLeader((seqs[5] as number) + 1, 10), []);
    t.strictSame(await numbers((seqs[5] as number) + 1, 10), [], 'beyond the newest');
    t.strictSame(await log.readRoom(newId<RoomId>(), 0, 10), [], 'a room without events');
    t.equal((await log.read(room, seqs[3] as number))?.id, aMessage(room, 3).id);
    t.equal(await log.read(newId<RoomId>(), seqs[3] as number), undefined, 'not of that room');
    t.equal(await log.read(room, (seqs[5] as number) + 100), undefined, 'not there');
  });

  t.test('heads are the newest numbers of the rooms that have any', async (t) => {
    const { log } = await makeBus(t);
    const [busy, quiet, silent] = [newId<RoomId>(), newId<RoomId>(), newId<RoomId>()];
    const first = await log.append(aMessage(quiet, 1));
    await log.append(aMessage(busy, 1));
    const last = await log.append(aMessage(busy, 2));
    const heads = await log.heads([busy, quiet, silent]);
    t.strictSame(
      new Map(heads),
      new Map([
        [busy, last.seq],
        [quiet, first.seq],
      ]),
    );
    t.equal((await log.heads([])).size, 0);
    t.same(await Promise.all([busy, quiet, silent].map((room) => log.newest(room))), [last.seq, first.seq, undefined]);
  });

  t.test('whoever follows a room gets each event with its number and the one before it', async (t) => {
    const { log, live } = await makeBus(t);
    const room = newId<RoomId>();
    const got: { seq: number; prev: number; text: string }[] = [];
    const signals: string[] = [];
    const following = await live.follow(room, {
      event: (seq, prev, bytes) => void got.push({ seq, prev, text: Buffer.from(bytes).toString() }),
      signal: (bytes) => void signals.push(Buffer.from(bytes).toString()),
    });
    for (let n = 0; n < 3; n++) await log.append(aMessage(room, n));
    await log.append(aMessage(newId<RoomId>(), 9));
    await until('three events', () => got.length === 3);
    t.strictSame(
      got.map(({ prev }) => prev),
      [0, got[0]?.seq, got[1]?.seq],
    );
    t.equal(got[1]?.text, Buffer.from(aMessage(room, 1).bytes).toString());
    following.stop();
    await log.append(aMessage(room, 4));
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.equal(got.length, 3, 'nothing after stop');
    t.strictSame(signals, []);
  });

  t.test('access is set only by who has seen the last version', async (t) => {
    const { access } = await makeBus(t);
    const user = newId<UserId>();
    const rooms = { [newId<RoomId>()]: { role: 'member' as const, ver: 1, since: 4 } };
    t.equal(await access.read(user), undefined);
    t.ok(await access.write(user, rooms, 0));
    t.notOk(await access.write(user, {}, 0), 'somebody else made it first');
    const entry = await access.read(user);
    t.strictSame(entry?.rooms, rooms);
    t.ok(await access.write(user, {}, entry?.revision ?? -1));
    t.notOk(await access.write(user, rooms, entry?.revision ?? -1), 'a stale revision');
    t.strictSame((await access.read(user))?.rooms, {});
  });

  t.test('of a room’s flags the newest version stays, in whatever order they are written', async (t) => {
    const { flags } = await makeBus(t);
    const room = newId<RoomId>();
    t.equal(await flags.read(room), undefined);
    await flags.write(room, { ver: 2, frozen: 1 });
    await flags.write(room, { ver: 1, archived: 1 });
    t.strictSame(await flags.read(room), { ver: 2, frozen: 1 });
    const versions = Array.from({ length: 8 }, (_, n) => n + 3).reverse();
    await Promise.all(versions.map((ver) => flags.write(room, { ver, slow: ver })));
    t.strictSame(await flags.read(room), { ver: 10, slow: 10 }, 'written by many at once');
    await flags.replace(room, async () => ({ ver: 4 }));
    t.strictSame(await flags.read(room), { ver: 4 }, 'an older one where that is wanted');
  });

  inboxContract(t, makeBus);

  t.test('a command is answered, refused or unavailable', async (t) => {
    const { commands } = await makeBus(t);
    const serving = commands.serve('sum', async (numbers) => (numbers as number[]).reduce((a, b) => a + b, 0));
    t.equal(await commands.call('sum', [1, 2, 3]), 6);
    t.equal(await commands.call('nobody', {}, 500).catch(({ kind }) => kind), 'store_unavailable');
    t.equal(await commands.change('sum', [4, 5]), 9);
    t.equal(await commands.change('nobody', {}, 500).catch(({ kind }) => kind), 'store_unavailable');
    serving.stop();
  });

  t.test('following a stream gives every event from a number on, in order, also those to come', async (t) => {
    const { log, streams } = await makeBus(t);
    const rooms = [newId<RoomId>(), newId<RoomId>()];
    const seqs: number[] = [];
    for (let n = 0; n < 10; n++) seqs.push((await log.append(aMessage(rooms[n % 2] as RoomId, n))).seq);
    const stream = streams.names[0] as string;
    const following = await streams.follow(stream, { from: seqs[4] as number });
    const headers = await streams.follow(stream, { from: seqs[4] as number, headersOnly: true });
    const [all, heads] = [collect(following, 8), collect(headers, 8)];
    for (let n = 10; n < 12; n++)
      seqs.push((await log.append({ ...aMessage(rooms[0] as RoomId, n), op: `op${n}` as OpId })).seq);
    t.strictSame(
      (await all).map(({ seq }) => seq),
      seqs.slice(4),
    );
    t.strictSame(
      (await heads).map(({ seq, bytes }) => [seq, bytes.byteLength]),
      seqs.slice(4).map((seq) => [seq, 0]),
    );
    t.equal((await all)[0]?.room, rooms[0]);
    t.strictSame(
      (await all).slice(-2).map(({ op }) => op),
      ['op10', 'op11'],
    );
    following.stop();
    headers.stop();
  });

  t.test('a stream skips ahead, never back, and trims what it is told to', async (t) => {
    const { log, streams } = await makeBus(t);
    const room = newId<RoomId>();
    const stream = streams.names[0] as string;
    for (let n = 0; n < 4; n++) await log.append(aMessage(room, n));
    const before = await streams.state(stream);
    await streams.trim(stream, (before?.last ?? 0) - 1);
    t.equal((await log.readRoom(room, 0, 10)).length, 1);
    await streams.skipTo(stream, 5_000_000);
    const first = await log.append(aMessage(room, 10));
    t.ok(first.seq >= 5_000_000);
    await streams.skipTo(stream, 5_000_000);
    await streams.skipTo(stream, 1);
    t.strictSame(
      (await log.readRoom(room, 0, 10)).map(({ seq }) => seq),
      [first.seq],
      'repeating it drops nothing',
    );
    t.ok((await log.append(aMessage(room, 11))).seq > first.seq);
    const state = await streams.state(stream);
    t.equal(state?.created, before?.created);
    t.equal(await streams.lastBefore(stream, new Date(Date.now() + 60_000)), state?.last);
    t.ok((await streams.lastBefore(stream, new Date(0))) < first.seq);
    t.equal(await streams.state('ROOM_99'), undefined);
  });

  t.test('what was written a moment ago is told to whoever listens', async (t) => {
    const { notes } = await makeBus(t);
    const heard: (readonly WrittenNote[])[] = [];
    const following = notes.subscribe((said) => void heard.push(said));
    const said: readonly WrittenNote[] = [
      { room: newId(), seq: 7, author: newId(), count: 2, isWhisper: false },
      { room: newId(), seq: 8, author: newId(), count: 1, isWhisper: true },
    ];
    await until('it is heard', () => {
      notes.publish(said);
      return heard.length > 0;
    });
    t.same(heard[0], said);
    following.stop();
  });

  t.test('an edge that drains is heard by all', async (t) => {
    const { drains } = await makeBus(t);
    const heard: unknown[] = [];
    const following = drains.subscribe((draining) => void heard.push(draining));
    await new Promise((resolve) => setTimeout(resolve, 50));
    drains.announce({ edge: 'one', left: 7 });
    await until('the word', () => heard.length > 0);
    t.strictSame(heard, [{ edge: 'one', left: 7 }]);
    following.stop();
  });

  t.test('who is where is heard by all, and asked of all', async (t) => {
    const { presence } = await makeBus(t);
    const heard: unknown[] = [];
    let asked = 0;
    const followings = [presence.subscribe((report) => void heard.push(report)), presence.asked(() => void asked++)];
    await new Promise((resolve) => setTimeout(resolve, 50));
    const report = { edge: 'one', n: 1, on: ['u'.repeat(26) as UserId], part: 'only' } as const;
    presence.report(report);
    presence.ask();
    await until('both', () => heard.length === 1 && asked === 1);
    t.strictSame(heard, [report]);
    for (const following of followings) following.stop();
  });

  t.test('heads that one publishes all subscribers hear', async (t) => {
    const { heads, streams } = await makeBus(t);
    const stream = streams.names[0] as string;
    const created = (await streams.state(stream))?.created ?? '';
    const heard: number[] = [];
    const following = heads.subscribe(({ last }) => void heard.push(last));
    await new Promise((resolve) => setTimeout(resolve, 50));
    heads.publish({ stream, created, last: 3, durable: 2, bytes: 1, max: 10, w: [] });
    await until('the heads', () => heard.length > 0);
    t.strictSame(heard, [3]);
    following.stop();
  });

  t.test('signals reach who follows the room, and who hears users, the sender too', async (t) => {
    const { live, signals } = await makeBus(t);
    const [room, other] = [newId<RoomId>(), newId<RoomId>()];
    const [user, somebody] = [newId<UserId>(), newId<UserId>()];
    const heard: string[] = [];
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
    const inRoom = await live.follow(room, {
      event: () => undefined,
      signal: (bytes) => void heard.push(`room ${text(bytes)}`),
    });
    const ofUsers = signals.toUsers((whom, bytes) => void heard.push(`${whom} ${text(bytes)}`));
    await new Promise((resolve) => setTimeout(resolve, 50));
    signals.toRoom(other, Buffer.from('elsewhere'));
    signals.toRoom(room, Buffer.from('1'));
    signals.toUser(user, Buffer.from('2'));
    signals.toUser(somebody, Buffer.from('3'));
    await until('three signals', () => heard.length >= 3);
    t.strictSame(heard.sort(), ['room 1', `${user} 2`, `${somebody} 3`].sort());
    inRoom.stop();
    ofUsers.stop();
    signals.toUser(user, Buffer.from('4'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.equal(heard.length, 3, 'nothing after stop');
  });

  t.test('batches of receipts are stored once each, read and followed in order', async (t) => {
    const { receipts } = await makeBus(t);
    await receipts.ensure();
    await receipts.ensure();
    const before = (await receipts.state())?.last ?? 0;
    const run = newId<RoomId>();
    const batch = (n: number) => ({ bucket: n % 256, id: `${run}:${n}`, bytes: Buffer.from(`batch ${n}`) });
    for (const n of [0, 1, 1, 200]) await receipts.append(batch(n));
    const state = await receipts.state();
    t.equal(state?.last, before + 3);
    const texts = (all: readonly { bytes: Uint8Array }[]) => all.map(({ bytes }) => Buffer.from(bytes).toString());
    t.strictSame(texts(await receipts.read(before + 1, 10)), ['batch 0', 'batch 1', 'batch 200']);
    t.strictSame(texts(await receipts.read(before + 2, 1)), ['batch 1']);
    t.strictSame(await receipts.read(before + 4, 10), [], 'beyond the newest');
    t.equal(await receipts.lastBefore(new Date(Date.now() + 60_000)), before + 3);
    t.equal(await receipts.lastBefore(new Date(0)), 0);
    const following = receipts.follow(before + 2);
    const followed: string[] = [];
    const reading = (async () => {
      for await (const one of following) {
        followed.push(...texts([one]));
        if (followed.length === 3) break;
      }
    })();
    await receipts.append(batch(3));
    await reading;
    following.stop();
    t.strictSame(followed, ['batch 1', 'batch 200', 'batch 3']);
  });
  t.test(
    'who follows the revocations hears all that are kept, then those to come, and knows when he has',
    async (t) => {
      const { revocations } = await makeBus(t);
      await revocations.ensure();
      await revocations.ensure();
      const user = newId<UserId>();
      const until5min = Date.now() + 300_000;
      const ended = { kind: 'session', user, session: newId<SessionId>(), until: until5min } as const;
      const disabled = (epoch: number) => ({ kind: 'user', user, epoch, until: until5min }) as const;
      await revocations.publish(ended);
      await revocations.publish(ended);
      await revocations.publish(disabled(1));
      const heard: Revocation[] = [];
      const following = revocations.follow({
        revoked: (revocation) => void heard.push(revocation),
      });
      await until('all to be heard', () => following.isCurrent());
      t.match(heard, [ended, disabled(1)], 'each once, in order');
      t.equal(heard.length, 2);
      await revocations.publish(disabled(2));
      await until('the new one', () => heard.length === 3);
      t.match(heard[2], disabled(2));
      following.stop();
      await revocations.publish(disabled(3));
      const late: Revocation[] = [];
      const other = revocations.follow({ revoked: (one) => void late.push(one) });
      await until('a late follower to be current', () => other.isCurrent());
      t.match(late.at(-1), disabled(3), 'what was said before he came');
      t.equal(heard.length, 3, 'nothing after stop');
      other.stop();
    },
  );
}
