import { type Client, createClient, type Message } from '@gapless/shared/client/node';
import type { LocalProgram } from '@gapless/shared/local';
import t from 'tap';
import { type Person, roomOf, signUp } from './actors/person.ts';
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
  const client = createClient({ url, token: () => person.token, rooms, deadlineMs: 2_000 });
  const talker: Talker = { person, client, seen: [], connections: 0 };
  client.on('message', (message) => talker.seen.push(message));
  client.on('connected', () => {
    talker.connections++;
  });
  return talker;
}

t.test('two edges are killed in turn while two clients send: both see every message once, in one order', async (t) => {
  const system = await aSystem(t);
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
});
