import { until } from '@gapless/shared/testing';
import t from 'tap';
import { roomOf, signUp } from './actors/person.ts';
import { expectKept } from './actors/record.ts';
import { type Acknowledged, sendAll } from './actors/sender.ts';
import { connect, newClientId } from './actors/socket.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

const maxBytes = 1024 * 1024;
const text = 'x'.repeat(900);

const obstaclesOf = async (adminUrl: string): Promise<readonly string[]> =>
  ((await (await fetch(`${adminUrl}/readyz`)).json()) as { obstacles?: string[] }).obstacles ?? [];

const gauge = async (adminUrl: string, name: string): Promise<number> => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(new RegExp(`^gapless_${name}\\{[^}]*\\} ([0-9.e+]+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
};

t.test(
  'a log full of what MongoDB does not hold takes no more, drops nothing, says so, and heals when MongoDB is back',
  async (t) => {
    const system = await aSystem(t, {
      settings: { everyone: { streamMaxBytes: maxBytes }, 'log-worker': { trimIntervalMs: 200, headsIntervalMs: 100 } },
    });
    const owner = await signUp(system.api.url);
    const room = await roomOf(owner);
    const [edge, worker] = [system.edges[0]?.adminUrl ?? '', system.workers[0]?.adminUrl ?? ''];
    const before = await sendAll({ person: owner, urls: urlsOf(system), room: room.id, texts: textsOf('before', 50) });
    await until('the log to be persisted', async () => (await gauge(worker, 'log_lag_events')) === 0);
    system.mongo.pause();

    const socket = await connect(system.edges[0]?.url ?? '', owner, 'none');
    const during: Acknowledged[] = [];
    let refused: Record<string, unknown> = {};
    for (let n = 0; refused['t'] !== 'err' && n < 3_000; n++) {
      const clientId = newClientId();
      const reply = await socket.send(room.id, text, clientId);
      if (reply.t === 'err') refused = reply;
      else during.push({ room: room.id, user: owner.id, clientId, text, seq: reply['s'] as number });
    }
    t.match(refused, { t: 'err', code: 'unavailable', retry: Number });
    t.ok(during.length * text.length > maxBytes / 2, `${during.length} went in`);
    t.ok(during.length * text.length < maxBytes, 'and fewer than would fit');
    await until('both to say so', async () =>
      (await Promise.all([edge, worker].map(obstaclesOf))).every((all) => all.some((one) => /full/.test(one))),
    );
    for (const one of [edge, worker]) t.equal(await gauge(one, 'log_full_streams'), 1);
    t.ok((await gauge(worker, 'log_lag_bytes')) > maxBytes / 2);
    t.ok((await gauge(worker, 'log_oldest_unwritten_seconds')) > 0);
    t.equal(socket.closed, undefined, 'the socket lives on');

    system.mongo.resume();
    const after = await sendAll({ person: owner, urls: urlsOf(system), room: room.id, texts: textsOf('after', 50) });
    await expectKept(t, system, owner, room.id, [...before, ...during, ...after]);
    await until(
      'nobody to complain',
      async () => (await Promise.all([edge, worker].map(obstaclesOf))).flat().length === 0,
    );
    for (const one of [edge, worker]) t.equal(await gauge(one, 'log_full_streams'), 0);
  },
);
