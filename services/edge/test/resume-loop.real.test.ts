import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { clientId, startEdge, wait } from './start-edge.ts';

const messages = 600;

t.test(
  'who resumes in a loop gets his share of the edge, in the end what he asked for, and disturbs nobody',
  async (t) => {
    const pieces = { userReplaysPerSecond: 10, userReplayBurst: 20 };
    const edge = await startEdge(t, {
      ...{ ...pieces, ringEvents: 10, replayEvents: 10_000 },
      ...{ frameBurst: 10_000, userSendBurst: 10_000, inFlightPerSocket: 10_000 },
    });
    const [looping, calm] = [newId<UserId>(), newId<UserId>()];
    const room = newId<RoomId>();
    await edge.allow(looping, room);
    await edge.allow(calm, room);
    const sender = await edge.greeted(calm);
    for (let i = 1; i <= messages; i++) sender.send({ t: 'send', i, r: room, c: clientId(), b: { text: 'hi' } });
    await sender.next({ t: 'ok', i: messages });

    const began = Date.now();
    const client = await edge.greeted(looping, { rooms: 'none' });
    const asks = 200;
    for (let i = 1; i <= asks; i++) {
      client.send({ t: 'join', i, rs: [room], since: { [room]: 0 } });
      if (i % 10 === 0) await wait(20);
    }
    const other = await edge.greeted(calm, { since: { [room]: 0 } });
    await other.next({ t: 'live', r: room });
    t.equal(other.frames.filter(({ t }) => t === 'msg').length, messages, 'another one resumes meanwhile');

    await client.next({ t: 'ok', i: asks }, 20_000);
    const allowed = pieces.userReplayBurst + ((Date.now() - began) / 1_000) * pieces.userReplaysPerSecond;
    const got = client.frames.filter(({ t }) => t === 'msg').length;
    t.ok(got <= (allowed + 2) * messages && got < asks * messages * 0.5, `${got} events in ${asks} resumes`);
    const last = client.frames.findLastIndex((frame) => frame.t === 'msg' && frame['p'] === 0);
    const whole = client.frames.slice(last).filter(({ t }) => t === 'msg');
    t.strictSame(
      whole.map(({ s }) => s),
      sender.frames.filter(({ t }) => t === 'msg').map(({ s }) => s),
      'the last one is whole',
    );
    sender.send({ t: 'send', i: 9_999, r: room, c: clientId(), b: { text: 'live' } });
    await until('a live one', () => client.frames.at(-1)?.['p'] === whole.at(-1)?.['s']);
  },
);
