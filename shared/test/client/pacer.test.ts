import t from 'tap';
import { settled } from './fake-clock.ts';
import { codeOf, err, hi, message, ok, startFakeEdge } from './fake-edge.ts';

const roomNames = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `01k${String(n).padStart(23, '0')}`);

t.test('frames leave no faster than an edge takes them, in their order', async (t) => {
  const edge = startFakeEdge();
  edge.script['read'] = (frame) => ok(frame);
  await edge.connect();
  const names = roomNames(500);
  for (const name of names) edge.client.room(name).read(1);
  await settled();
  const said = () => edge.sentOf('read').length;
  t.equal(said(), 150);
  await edge.clock.pass(1_000);
  t.ok(said() > 150 && said() <= 190, `${said()} in a second`);
  await edge.clock.pass(10_000);
  t.same(
    edge.sentOf('read').map(({ r }) => r),
    names,
  );
  t.same(edge.toldOf('error'), []);
});

t.test('an edge says how much it takes', async (t) => {
  const edge = startFakeEdge();
  edge.script['hello'] = (frame) => {
    const greeting = hi(frame);
    return { ...greeting, lim: { ...(greeting['lim'] as object), rate: 4, burst: 8 } };
  };
  edge.script['read'] = (frame) => ok(frame);
  await edge.connect();
  for (const name of roomNames(12)) edge.client.room(name).read(1);
  await settled();
  t.equal(edge.sentOf('read').length, 6);
  await edge.clock.pass(1_010);
  t.equal(edge.sentOf('read').length, 9);
});

t.test('what waits when the connection ends was not said', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  for (const name of roomNames(200)) edge.client.room(name).read(1);
  const whisper = codeOf(edge.client.whisper('01j00000000000000000000007', 'psst'));
  edge.socket().end(1006);
  t.equal(await whisper, 'unavailable');
  await edge.clock.pass(1_000);
  t.equal(edge.client.state(), 'live', 'and the next one says its own');
});

t.test('hundreds of rooms that come back each at its own time are few frames', async (t) => {
  const names = roomNames(300);
  const edge = startFakeEdge({ random: 1 });
  await edge.connect();
  for (const name of names) edge.socket().say(message(1, 0, name));
  let n = 0;
  for (const name of names) edge.socket().say({ t: 'lag', r: name, from: 2, to: 9, retry: 1_000 + 2 * n++ });
  await edge.clock.pass(5_000);
  const joined = edge.sentOf('join').flatMap(({ rs }) => rs as string[]);
  t.same(new Set(joined), new Set(names));
  t.ok(edge.sentOf('join').length < 60, `${edge.sentOf('join').length} frames`);
});

t.test('one room that is not mine any more costs the others a few frames', async (t) => {
  const names = roomNames(200);
  const edge = startFakeEdge({ rooms: names });
  edge.script['join'] = (frame) =>
    (frame['rs'] as string[]).includes(names[77] ?? '') ? err(frame, 'not_member') : ok(frame);
  await edge.connect();
  await settled();
  t.match(edge.toldOf('removed'), [{ room: names[77] }]);
  t.ok(edge.sentOf('join').length < 20, `${edge.sentOf('join').length} frames`);
});

t.test('rooms that were left are named together at each session', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const names = roomNames(600);
  edge.script['leave'] = (frame) => ok(frame);
  await Promise.all([...names.map((name) => edge.client.room(name).leave()), edge.clock.pass(60_000)]);
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  const leaves = edge.socket().sent.filter(({ t }) => t === 'leave');
  t.same(new Set(leaves.flatMap(({ rs }) => rs as string[])), new Set(names));
  t.equal(leaves.length, 2);
});
