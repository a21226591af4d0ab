import { setTimeout as pause } from 'node:timers/promises';
import type { RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { type Person, roomOf, signUp } from '../actors/person.ts';
import { expectKeptIn } from '../actors/record.ts';
import { type Acknowledged, sendAll } from '../actors/sender.ts';
import { allServices, type Container, theStack } from './stack.ts';

const stack = theStack();
const paceMs = 40;
/** Messages flow for that long before each death, and for that long after everything is back. */
const calmMs = 1_500;

/** People who send all the time, until told to stop. */
function talk(people: readonly Person[], room: RoomId) {
  let talking = true;
  const counts = people.map(() => 0);
  async function* words(who: string) {
    for (let n = 0; talking; n++) {
      yield `${who} says ${n} 안녕 👋`;
      await pause(paceMs);
    }
  }
  const sending = people.map((person, n) =>
    sendAll({
      person,
      urls: [stack.wss],
      room,
      texts: words(person.nickname),
      width: 4,
      onAck: (count) => {
        counts[n] = count;
      },
    }),
  );
  return {
    acknowledged: () => counts.reduce((sum, count) => sum + count, 0),
    stop: async (): Promise<Acknowledged[]> => {
      talking = false;
      return (await Promise.all(sending)).flat();
    },
  };
}

const oneOf = async (service: string): Promise<Container> => {
  const [first] = await stack.containers(service);
  if (first === undefined) throw new Error(`no container of ${service}`);
  return first;
};

/** The node that leads most streams: its death hurts most. */
async function leadingNode(): Promise<string> {
  const led = new Map<string, number>();
  for (const { leader } of (await stack.streams()).values()) led.set(leader, (led.get(leader) ?? 0) + 1);
  const [[node] = ['nats-1']] = [...led].sort(([, a], [, b]) => b - a);
  return node;
}

const victims: readonly (readonly [string, () => Promise<Container>])[] = [
  ['an edge', () => oneOf('edge')],
  ['an api', () => oneOf('api')],
  ['a log worker', () => oneOf('log-worker')],
  ['the NATS server that leads most streams', async () => oneOf(await leadingNode())],
  ['the primary of MongoDB', async () => oneOf(await stack.primary())],
  ['the load balancer', () => oneOf('proxy')],
];

t.test('kill -9 of one container of each kind while messages flow', async (t) => {
  const people = await Promise.all([signUp(stack.https), signUp(stack.https), signUp(stack.https)]);
  const [owner, ...others] = people as [Person, ...Person[]];
  const room = await roomOf(owner, ...others);
  const talking = talk(people, room.id);
  for (const [what, find] of victims) {
    await pause(calmMs);
    const victim = await find();
    const before = talking.acknowledged();
    await stack.kill9(victim);
    const seconds = await stack.isBack(victim);
    t.pass(`${what} was back after ${seconds.toFixed(1)} s by itself`);
    const resumed = Date.now();
    while (talking.acknowledged() <= before && Date.now() - resumed < 30_000) await pause(50);
    t.ok(talking.acknowledged() > before, `sending went on: ${talking.acknowledged() - before} stored meanwhile`);
  }
  await pause(calmMs);
  const acknowledged = await talking.stop();
  t.ok(acknowledged.length > 500, `${acknowledged.length} messages were acknowledged`);
  await expectKeptIn(t, stack.rows, owner, room.id, acknowledged);
  await stack.untilHealthy(allServices, 60_000);
  t.pass('every service is ready again');
});
