import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { quietTopicOf, topicOf } from '../src/fan-out.ts';
import type { RoomStay } from '../src/room-hub.ts';
import { createRoomTopics } from '../src/room-topics.ts';
import { fakeSession } from './fake-session.ts';

const aStay = (room: RoomId): RoomStay => ({
  room,
  followed: Promise.resolve(),
  ...{ live: false, heldAt: undefined, muted: false, asked: 0, wanted: 0 },
  leave: () => undefined,
});

function setting() {
  const cursors = new Map<RoomId, number>();
  const topics = createRoomTopics({ hub: { cursor: (room) => cursors.get(room) ?? 0 } });
  const { session, topics: subscribed } = fakeSession();
  const [one, two] = [newId<RoomId>(), newId<RoomId>()];
  for (const room of [one, two]) session.rooms.set(room, aStay(room));
  const open = (room: RoomId) => topics.open(session, room, session.rooms.get(room) as RoomStay);
  const shut = (room: RoomId) => topics.shut(session, room, session.rooms.get(room) as RoomStay);
  return { cursors, topics, session, subscribed, one, two, open, shut };
}

t.test('a live room is one topic to a socket, without signals to a muted one, and none to one that is held', (t) => {
  const { topics, session, subscribed, one, two, open } = setting();
  open(one);
  t.strictSame([...subscribed], [topicOf(one)], 'and a room that is not live has none');
  topics.mute(session);
  t.strictSame([...subscribed], [quietTopicOf(one)]);
  t.strictSame([topics.muted(one), topics.muted(two)], [1, 0]);
  open(two);
  t.strictSame([...subscribed], [quietTopicOf(one), quietTopicOf(two)], 'also in rooms that become live later');
  topics.hold(session);
  t.strictSame([...subscribed], []);
  topics.release(session);
  for (const room of [one, two]) open(room);
  t.strictSame([...subscribed], [quietTopicOf(one), quietTopicOf(two)]);
  topics.unmute(session);
  t.strictSame([...subscribed], [topicOf(one), topicOf(two)]);
  t.strictSame([topics.muted(one), topics.muted(two)], [0, 0]);
  t.end();
});

t.test('a room goes on from where its events were held back, and is released once', (t) => {
  const { cursors, topics, session, subscribed, one, two, open } = setting();
  open(one);
  cursors.set(one, 7);
  topics.hold(session);
  cursors.set(one, 9);
  topics.hold(session);
  cursors.set(two, 4);
  open(two);
  cursors.set(two, 5);
  t.strictSame([...subscribed], [], 'what becomes live while the socket is held is held as well');
  const late = topics.release(session).map(({ room, cursor }) => [room, cursor]);
  t.strictSame(late, [
    [one, 7],
    [two, 4],
  ]);
  t.notOk(session.rooms.get(one)?.live, 'not live before it has caught up');
  topics.hold(session);
  t.strictSame(topics.release(session), [], 'a replay under way is not begun again');
  t.end();
});

t.test('who leaves a room is counted in it no more', (t) => {
  const { topics, session, subscribed, one, open, shut } = setting();
  open(one);
  topics.hold(session);
  shut(one);
  shut(one);
  t.equal(topics.muted(one), 0);
  t.strictSame(topics.release(session), []);
  t.strictSame([...subscribed], []);
  t.end();
});
