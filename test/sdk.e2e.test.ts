import { readFileSync } from 'node:fs';
import { type Client, type ClientOptions, createClient, type Message } from '@gapless/shared/client/node';
import type { LocalProgram, LocalSystem } from '@gapless/shared/local';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { joinRoom, type Person, type RoomItem, roomOf, signUp } from './actors/person.ts';
import { expectKept } from './actors/record.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

const each = 200;

interface Talker {
  readonly person: Person;
  readonly client: Client;
  readonly seen: Message[];
  connections: number;
}

/** Somebody with the SDK, who remembers each message that it told. */
function talk(person: Person, url: readonly string[], rooms: readonly string[]): Talker {
  const client = createClient({ url, token: () => person.token, rooms });
  const talker: Talker = { person, client, seen: [], connections: 0 };
  client.on('message', (message) => talker.seen.push(message));
  client.on('connected', () => {
    talker.connections++;
  });
  return talker;
}

/** Two edges are killed in turn while two clients send: both see every message once, in one order. */
async function killEdges(t: Test, system: LocalSystem): Promise<void> {
  const [alice, bob] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const room = await roomOf(alice, bob);
  const urls = urlsOf(system);
  const talkers = [talk(alice, urls, [room.id]), talk(bob, urls.toReversed(), [room.id])];
  await Promise.all(
    talkers.map(({ client }) => {
      const live = new Promise((resolve) => client.on('live', resolve));
      return Promise.all([client.connect(), live]);
    }),
  );

  let stored = 0;
  const sends = talkers.map(({ person, client }) =>
    Promise.all(
      textsOf(person.nickname, each).map(async (text) => {
        const { seq, clientId } = await client.room(room.id).send(text);
        stored++;
        return { room: room.id, user: person.id, clientId, text, seq };
      }),
    ),
  );
  const moment = async (share: number) => {
    while (stored < share * each * talkers.length) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const disturb = async () => {
    for (const [share, edge] of [
      [0.2, 0],
      [0.5, 1],
      [0.8, 0],
    ] as const) {
      await moment(share);
      const program = system.edges[edge] as LocalProgram;
      await program.kill9();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await program.start();
    }
  };
  const [sent] = await Promise.all([Promise.all(sends), disturb()]);
  const acknowledged = sent.flat().sort((a, b) => a.seq - b.seq);
  t.equal(acknowledged.length, each * talkers.length);
  for (const [n, own] of sent.entries())
    t.same(
      own.map(({ seq }) => seq),
      own.map(({ seq }) => seq).sort((a, b) => a - b),
      `what ${n} sent has the order of the calls`,
    );

  const last = acknowledged.at(-1)?.seq;
  for (const { client, seen, connections } of talkers) {
    for (let tries = 0; seen.at(-1)?.seq !== last && tries < 1_000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    t.same(
      seen.map(({ seq, clientId, body }) => [seq, clientId, body.text]),
      acknowledged.map(({ seq, clientId, text }) => [seq, clientId, text]),
      'every message once, in the order of the room',
    );
    t.ok(connections > 1, `over ${connections} connections`);
    t.same(client.outbox(), []);
  }
  await Promise.all(talkers.map(({ client }) => client.close()));
  await expectKept(t, system, alice, room.id, acknowledged);
}

/** A device that was away while its user left and came back, in a room that shows him his own times only. */
async function missAStay(t: Test, system: LocalSystem): Promise<void> {
  const [owner, guest] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const { body: room } = await owner.post<RoomItem>('/v1/rooms', { name: 'Own times', history: 'joined' });
  await joinRoom(guest, room.id);
  const urls = urlsOf(system);
  const before = talk(guest, urls, [room.id]);
  await Promise.all([new Promise((resolve) => before.client.on('live', resolve)), before.client.connect()]);
  const from = before.client.position();
  await before.client.close();

  const talker = createClient({ url: urls, token: () => owner.token, rooms: [room.id] });
  await talker.connect();
  const say = (text: string) => talker.room(room.id).send(text);
  for (const text of ['1', '2']) await say(text);
  t.equal((await guest.post(`/v1/rooms/${room.id}/leave`)).status, 204);
  await say('not for him');
  await joinRoom(guest, room.id);
  await say('3');

  const client = createClient({ url: urls.toReversed(), token: () => guest.token, rooms: [room.id], from });
  const told: string[] = [];
  client.on('message', ({ body }) => told.push(body.text));
  await client.connect();
  await until('the last one', () => told.includes('3'));
  await say('4');
  await until('what is live', () => told.includes('4'));
  t.same(told, ['1', '2', '3', '4'], 'what is left of each stay, once, in order');
  await Promise.all([client.close(), talker.close()]);
}

/** The chat of the README, word for word, with the addresses of this system. */
async function runReadme(t: Test, system: LocalSystem): Promise<void> {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const example = /<!-- example: sdk -->\n```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  t.ok(example.split('\n').length <= 20, 'it is short');
  const [importing = '', ...lines] = example.split('\n');
  t.match(importing, /^import \{ createClient \} from '@gapless\/shared\/client\/node';/);
  const urls = urlsOf(system);
  const code = ['8081', '8082'].reduce(
    (text, port, n) => text.replace(`ws://127.0.0.1:${port}/ws`, urls[n] as string),
    lines.join('\n'),
  );
  const person = await signUp(system.api.url);
  const room = await roomOf(person);
  const said: string[] = [];
  const clients: Client[] = [];
  const names = ['createClient', 'accessToken', 'roomId', 'console'];
  const run = new Function(...names, `return (async () => {${code}})()`) as (...values: unknown[]) => Promise<void>;
  const create = (options: ClientOptions) => {
    clients.push(createClient(options));
    return clients.at(-1);
  };
  for (let times = 0; times < 2; times++) {
    await run(create, person.token, room.id, { log: (text: string) => said.push(text) });
  }
  const heard = () => said.filter((text) => text.endsWith(`${person.id}: hi`));
  for (let tries = 0; heard().length < 4 && tries < 1_000; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.same(
    heard().map((text) => text.startsWith('earlier')),
    [false, true, false, false],
    'the second one has the first one’s message from history, and both hear the second message',
  );
  t.match(await person.get(`/v1/rooms/${room.id}/messages`), {
    body: { items: [{ reactions: [{ emoji: '👍' }] }, { reactions: [{ emoji: '👍' }] }] },
  });
  await Promise.all(clients.map((client) => client.close()));
}

t.test('the SDK on a whole system', async (t) => {
  const system = await aSystem(t);
  await t.test('the README’s chat', (t) => runReadme(t, system));
  await t.test('a device that missed a leave and a join', (t) => missAStay(t, system));
  await t.test('two edges are killed in turn while two clients send: every message once, in one order', (t) =>
    killEdges(t, system),
  );
});
