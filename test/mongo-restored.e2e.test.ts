import { cpSync, rmSync } from 'node:fs';
import type { LocalSystem } from '@gapless/shared/local';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { firstSequence, lastSequence, trimStream } from './actors/nats-admin.ts';
import { roomOf, signUp } from './actors/person.ts';
import { expectKept, openDatabase, rowsOf } from './actors/record.ts';
import { sendAll, settle } from './actors/sender.ts';
import { newClientId } from './actors/socket.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

const stream = 'ROOM_0';

const obstaclesOf = async (system: LocalSystem): Promise<readonly string[]> =>
  ((await (await fetch(`${system.workers[0]?.adminUrl}/readyz`)).json()) as { obstacles?: string[] }).obstacles ?? [];

async function watermarkOf(t: Test, system: LocalSystem): Promise<() => Promise<number>> {
  const rows = (await openDatabase(t, system)).collection<{ _id: string; seq: number }>('watermarks');
  return async () => (await rows.findOne({ _id: stream }))?.seq ?? 0;
}

/** As an operator does it, while everything else goes on. */
async function putBack(system: LocalSystem, copy: string): Promise<void> {
  await system.mongo.kill9();
  rmSync(system.mongo.dataDir, { recursive: true });
  cpSync(copy, system.mongo.dataDir, { recursive: true });
  await system.mongo.start();
}

t.test('MongoDB is restored from a backup taken 1,000 messages earlier', async (t) => {
  const system = await aSystem(t);
  const owner = await signUp(system.api.url);
  const room = await roomOf(owner);
  const urls = urlsOf(system);
  const send = (who: string, count: number) =>
    sendAll({ person: owner, urls, room: room.id, texts: textsOf(who, count), width: 32 });
  const watermark = await watermarkOf(t, system);
  const persisted = async () => {
    const last = await lastSequence(system.nats.url, stream);
    await until('everything to be in MongoDB', async () => (await watermark()) >= last, 60_000);
    return last;
  };
  const early = await send('early', 100);
  const backedUp = await persisted();
  const copy = `${system.mongo.dataDir}-copy`;
  await system.mongo.stop();
  cpSync(system.mongo.dataDir, copy, { recursive: true });
  await system.mongo.start();
  const middle = await send('middle', 1_000);
  const edited = middle[500]?.seq as number;
  await settle(owner, urls, { t: 'edit', r: room.id, m: edited, c: newClientId(), b: { text: 'edited' } });
  const reached = await persisted();

  await t.test('what the log still has is written again, once, by the worker that was there all along', async (t) => {
    const [late] = await Promise.all([send('late', 100), putBack(system, copy)]);
    await expectKept(t, system, owner, room.id, [...early, ...middle, ...late]);
    const rows = await rowsOf(await openDatabase(t, system), room.id);
    t.equal(rows.find(({ s }) => s === edited)?.cur?.text, 'edited');
    await until('the worker to be content', async () => (await obstaclesOf(system)).length === 0);
    await persisted();
  });

  await t.test('an idle stream is written again as well', async (t) => {
    await putBack(system, copy);
    await until('the watermark to be where it was', async () => (await watermark()) > reached, 60_000);
    await expectKept(t, system, owner, room.id, [...early, ...middle]);
  });

  await t.test('what the log has forgotten meanwhile is named, aloud, and the rest is written', async (t) => {
    await persisted();
    await system.mongo.stop();
    const trimmedTo = backedUp + 300;
    await trimStream(system.nats.url, stream, trimmedTo);
    t.equal(await firstSequence(system.nats.url, stream), trimmedTo + 1);
    await putBack(system, copy);
    const hole = `${stream}: neither MongoDB nor the log has the events ${backedUp + 1} to ${trimmedTo}`;
    await until('the worker to say so', async () => (await obstaclesOf(system)).includes(hole), 60_000);
    const metrics = await (await fetch(`${system.workers[0]?.adminUrl}/metrics`)).text();
    t.match(metrics, /^gapless_log_missing_events\{[^}]*\} 300$/m);
    await until('the rest to be there', async () => (await watermark()) >= reached, 60_000);
    const there = new Set((await rowsOf(await openDatabase(t, system), room.id)).map(({ s }) => s));
    const kept = [...early, ...middle].filter(({ seq }) => seq <= backedUp || seq > trimmedTo);
    t.strictSame(
      kept.filter(({ seq }) => !there.has(seq)),
      [],
    );
  });
});
