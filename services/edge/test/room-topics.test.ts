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
  const published: string[] = [];
  const topics = createRoomTopics({
    cursor: (room) => cursors.get(room) ?? 0,
    publisher: { publish: (topic) => published.push(topic) },
  });
  const [one, two] = [newId<RoomId>(), newId<RoomId>()];
  const aSession = () => {
    const { session, sent, topics: subscribed } = fakeSession();
    for (const room of [one, two]) session.rooms.set(room, aStay(room));
    const open = (room: RoomId) => topics.open(session, room, session.rooms.get(room) as RoomStay);
    const shut = (room: RoomId) => topics.shut(session, room, session.rooms.get(room) as RoomStay);
    /** What has come to it by itself, after all that waits has left. */
    const got = () => {
      session.flush();
      return sent.splice(0).map(({ s }) => s);
    };
    return { session, subscribed, open, shut, sent, got };
  };
  const event = (room: RoomId, s: number) => topics.event(room, Buffer.from(JSON.stringify({ s })));
  const signal = (room: RoomId, s: number) => topics.signal(room, Buffer.from(JSON.stringify({ s })));
  return { cursors, topics, one, two, aSession, event, signal, published };
}

/** Among others, so that the rooms have topics. */
function settingAmongOthers() {
  const all = setting();
  const other = all.aSession();
  for (const room of [all.one, all.two]) other.open(room);
  return { ...all, ...all.aSession() };
}

t.test('a live room is one topic to a socket, without signals to a muted one, and none to one that is held', (t) => {
  const { topics, session, subscribed, one, two, open } = settingAmongOthers();
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
  const { cursors, topics, session, subscribed, one, two, open } = settingAmongOthers();
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
  const { topics, session, subscribed, one, open, shut } = settingAmongOthers();
  open(one);
  topics.hold(session);
  shut(one);
  shut(one);
  t.equal(topics.muted(one), 0);
  t.strictSame(topics.release(session), []);
  t.strictSame([...subscribed], []);
  t.end();
});

t.test('a publish reaches all of a room, and another one those who are muted', (t) => {
  const { topics, session, one, open, event, signal, published } = settingAmongOthers();
  open(one);
  event(one, 1);
  t.strictSame(published.splice(0), [topicOf(one)]);
  topics.mute(session);
  event(one, 2);
  signal(one, 3);
  t.strictSame(published, [topicOf(one), quietTopicOf(one), topicOf(one)]);
  t.end();
});

t.test('who is alone in a room is sent to without a topic, as his flow goes', (t) => {
  const { topics, one, aSession, event, signal, published } = setting();
  const { session, subscribed, open, shut, sent, got } = aSession();
  open(one);
  event(one, 1);
  signal(one, 2);
  t.strictSame(sent, [], 'at the end of the turn, with whatever else is for him');
  t.strictSame(got(), [1, 2]);
  topics.mute(session);
  t.equal(topics.muted(one), 1);
  event(one, 3);
  signal(one, 4);
  t.strictSame(got(), [3]);
  topics.hold(session);
  event(one, 5);
  t.strictSame(got(), []);
  topics.release(session);
  open(one);
  topics.unmute(session);
  event(one, 6);
  signal(one, 7);
  t.strictSame(got(), [6, 7]);
  shut(one);
  event(one, 8);
  t.strictSame(got(), []);
  t.equal(subscribed.size, 0);
  t.strictSame(published, [topicOf(one)], 'to nobody');
  t.end();
});

t.test('a room has a topic from the second socket on, until the last one has left', (t) => {
  const { one, aSession, event, published } = setting();
  const [first, second] = [aSession(), aSession()];
  first.open(one);
  event(one, 1);
  second.open(one);
  t.match(first.sent, [{ s: 1 }], 'what waited has left: nothing that is published overtakes it');
  event(one, 2);
  t.strictSame(published, [topicOf(one)]);
  t.strictSame([[...first.subscribed], [...second.subscribed]], [[topicOf(one)], [topicOf(one)]]);
  first.shut(one);
  event(one, 3);
  t.strictSame(published, [topicOf(one), topicOf(one)], 'who is left of several still has it');
  second.shut(one);
  t.strictSame([first.subscribed.size, second.subscribed.size], [0, 0]);
  first.open(one);
  event(one, 4);
  t.strictSame(first.got(), [1, 4]);
  t.end();
});

t.test('the first one gets a topic as his flow goes when a second one comes', (t) => {
  const { topics, one, two, aSession } = setting();
  const [first, second] = [aSession(), aSession()];
  for (const room of [one, two]) first.open(room);
  topics.mute(first.session);
  second.open(one);
  t.strictSame([...first.subscribed], [quietTopicOf(one)]);
  topics.hold(first.session);
  second.open(two);
  t.strictSame([...first.subscribed], [], 'none to who is held');
  t.equal(topics.release(first.session).length, 2);
  for (const room of [one, two]) first.open(room);
  t.strictSame([...first.subscribed], [quietTopicOf(one), quietTopicOf(two)]);
  t.end();
});
