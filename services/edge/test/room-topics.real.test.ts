import { newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { ReplyBatch } from '../src/reply-batch.ts';
import type { RoomStay } from '../src/room-hub.ts';
import { createRoomTopics } from '../src/room-topics.ts';
import { Session } from '../src/session.ts';
import { limits } from './fake-session.ts';
import { type ServedSocket, startSockets } from './start-sockets.ts';

t.test(
  'who is alone in a room, and then is not, within a turn or not, gets everything once and in order',
  async (t) => {
    const { server, connect } = await startSockets(t);
    const topics = createRoomTopics({ publisher: server, cursor: () => 0 });
    const replies = new ReplyBatch();
    const [one, other] = [newId<RoomId>(), newId<RoomId>()];
    const enter = ({ socket }: ServedSocket) => {
      const session = new Session({ socket, identity: undefined, limits, replies, now: 0 });
      const stays = [one, other].map((room): RoomStay => {
        const flags = { live: false, heldAt: undefined, muted: false, asked: 0, wanted: 0 };
        return { room, followed: Promise.resolve(), ...flags, leave: () => undefined };
      });
      for (const stay of stays) session.rooms.set(stay.room, stay);
      const of = (room: RoomId) => session.rooms.get(room) as RoomStay;
      return {
        open: (room: RoomId) => topics.open(session, room, of(room)),
        shut: (room: RoomId) => topics.shut(session, room, of(room)),
      };
    };
    const [stays, comes] = [await connect(), await connect()];
    const [first, second] = [enter(stays), enter(comes)];
    const expected: string[] = [];
    let next = 0;
    /** Some are too large to wait in the library for the end of the turn. */
    const say = (room: RoomId): void => {
      const text = `${room === one ? 'one' : 'other'} ${next++}`;
      topics.event(room, Buffer.from(next % 7 === 0 ? text.padEnd(20_000) : text));
      expected.push(text);
    };
    // The other room always has two, so that publishes of it are waiting whenever something is sent.
    for (const { open } of [first, second]) open(other);
    first.open(one);
    for (let turn = 0; turn < 200; turn++) {
      for (let step = 0; step < turn % 40; step++) say(step % 3 === 0 ? other : one);
      second.open(one);
      say(one);
      say(other);
      if (turn % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      // Both leave, so that the first one is alone again behind what was published.
      second.shut(one);
      say(one);
      first.shut(one);
      first.open(one);
      say(one);
      if (turn % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until('all to arrive', () => stays.got.length >= expected.length);
    const of = (room: string, texts: readonly string[]) => texts.filter((text) => text.startsWith(`${room} `));
    const got = stays.got.map((text) => text.trimEnd());
    t.strictSame(of('one', got), of('one', expected));
    t.strictSame(of('other', got), of('other', expected));
    t.ok(
      of('one', comes.got).every((text, n, all) => n === 0 || number(text) > number(all[n - 1] as string)),
      'and who comes and goes in order, too',
    );
  },
);

const number = (text: string): number => Number(text.split(' ')[1]);
