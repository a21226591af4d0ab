import type { LocalProgram, LocalSystem } from '@gapless/shared/local';
import t, { type Test } from 'tap';
import { roomOf, signUp } from './actors/person.ts';
import { expectKept } from './actors/record.ts';
import { sendAll } from './actors/sender.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

const perSender = 400;

/** Three people send while something dies, several times if asked to; what was acknowledged must be there afterwards. */
async function sendWhile(
  t: Test,
  system: LocalSystem,
  disturb: (moment: (share: number) => Promise<void>) => Promise<void>,
) {
  const people = await Promise.all([signUp(system.api.url), signUp(system.api.url), signUp(system.api.url)]);
  const [owner, ...others] = people;
  const room = await roomOf(owner, ...others);
  const counts = people.map(() => 0);
  const share = () => counts.reduce((sum, count) => sum + count, 0) / (perSender * people.length);
  const moment = async (wanted: number) => {
    while (share() < wanted) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const urls = urlsOf(system);
  const sending = people.map((person, n) =>
    sendAll({
      person,
      urls: [...urls.slice(n % urls.length), ...urls.slice(0, n % urls.length)],
      room: room.id,
      texts: textsOf(person.nickname, perSender),
      onAck: (count) => {
        counts[n] = count;
      },
    }),
  );
  const [sent] = await Promise.all([Promise.all(sending), disturb(moment)]);
  const acknowledged = sent.flat();
  t.equal(acknowledged.length, perSender * people.length, 'every message was acknowledged in the end');
  await expectKept(t, system, owner, room.id, acknowledged);
}

const killedAndBack = async (program: LocalProgram, awayMs: number) => {
  await program.kill9();
  await new Promise((resolve) => setTimeout(resolve, awayMs));
  await program.start();
};

// One system, to be killed piece by piece: whatever died before must have healed, too.
const system = await aSystem(t, { settings: { 'log-worker': { batchEvents: 20 } } });

t.test('kill -9 of the log worker in the middle of its batches', async (t) => {
  const worker = system.workers[0] as LocalProgram;
  await sendWhile(t, system, async (moment) => {
    for (const share of [0.1, 0.4, 0.7]) {
      await moment(share);
      await killedAndBack(worker, 100);
    }
  });
});

t.test('kill -9 of an edge in the middle of sends', async (t) => {
  const [first, second] = system.edges as readonly [LocalProgram, LocalProgram] & typeof system.edges;
  await sendWhile(t, system, async (moment) => {
    await moment(0.2);
    await killedAndBack(first, 300);
    await moment(0.6);
    await killedAndBack(second, 300);
  });
});

t.test('kill -9 of the NATS server, which comes back with its store', async (t) => {
  await sendWhile(t, system, async (moment) => {
    await moment(0.2);
    await killedAndBack(system.nats, 500);
    await moment(0.7);
    await killedAndBack(system.nats, 0);
  });
});

t.test('kill -9 of MongoDB: sending goes on meanwhile, and the worker catches up by itself', async (t) => {
  await sendWhile(t, system, async (moment) => {
    await moment(0.2);
    await system.mongo.kill9();
    await moment(0.6);
    await system.mongo.start();
  });
});
