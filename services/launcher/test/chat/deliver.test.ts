import { ChatError, type Sent } from '@gapless/shared/client/node';
import t from 'tap';
import { deliver } from '../../src/chat/deliver.ts';

/** Answers each send with the next outcome; remembers the client ids. */
function script(outcomes: (ChatError | 'stored')[]) {
  const ids: (string | undefined)[] = [];
  const send = async (_room: string, _body: object, options?: { clientId?: string }): Promise<Sent> => {
    ids.push(options?.clientId);
    const outcome = outcomes.shift() ?? 'stored';
    if (outcome !== 'stored') throw outcome;
    return { seq: 1, at: 1, duplicate: false, clientId: 'c' };
  };
  return { send, ids };
}

t.test('what may have been stored is repeated under the same client id', async (t) => {
  const chat = script([new ChatError('unknown', '?', { clientId: 'c1', retryMs: 1 })]);
  await deliver(chat, 'r', 'hi');
  t.same(chat.ids, [undefined, 'c1']);
});

t.test('what is refused for now is tried again, for good is not', async (t) => {
  const later = script([new ChatError('rate_limited', 'wait', { retryMs: 1 })]);
  await deliver(later, 'r', 'hi');
  t.equal(later.ids.length, 2);
  const never = script([new ChatError('not_member', 'no')]);
  await t.rejects(deliver(never, 'r', 'hi'), { code: 'not_member' });
  t.equal(never.ids.length, 1);
});

t.test('the trying ends', async (t) => {
  const busy = script(Array.from({ length: 9 }, () => new ChatError('busy', 'wait', { retryMs: 1 })));
  await t.rejects(deliver(busy, 'r', 'hi'), { code: 'busy' });
  t.equal(busy.ids.length, 5);
});
