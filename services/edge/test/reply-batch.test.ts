import t from 'tap';
import { ReplyBatch } from '../src/reply-batch.ts';
import { fakeSession } from './fake-session.ts';

t.test('what is large waits for no others, so that what a socket does not take shows at once', async (t) => {
  const { session, sent } = fakeSession();
  const batch = new ReplyBatch();
  const frame = (pad: number) => JSON.stringify({ t: 'pong', now: 1, pad: 'x'.repeat(pad) });
  batch.push(session.socket, frame(10));
  t.equal(sent.length, 0);
  batch.push(session.socket, frame(20_000));
  t.equal(sent.length, 2);
  batch.push(session.socket, frame(10));
  t.equal(sent.length, 2);
  await new Promise(setImmediate);
  t.equal(sent.length, 3);
});
