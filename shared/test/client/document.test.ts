import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import t from 'tap';
import { WebSocket } from 'ws';
import { until } from '../../src/testing/index.ts';
import { type Frame, hi, room, startScriptedEdge, user } from './scripted-edge.ts';

const example = readFileSync(new URL('../../../../docs/examples/client.js', import.meta.url), 'utf8');

type DocumentedChat = (options: {
  url: string;
  token: () => Promise<string>;
  room: string;
  show: (frame: Frame) => void;
  missed: (after: number, upTo: number) => void;
  answered: (answer: Frame) => void;
  ended: (why: { code: number }) => void;
}) => (text: string) => void;

/** The client of the document, in a browser's world; its pauses are cut short. */
function documentedChat(): DocumentedChat {
  const context = createContext({
    WebSocket,
    crypto: globalThis.crypto,
    setTimeout: (work: () => void) => setTimeout(work, 5),
    setInterval: () => undefined,
  });
  return runInContext(`${example}; chat`, context) as DocumentedChat;
}

const message = (s: number, p: number) => ({
  t: 'msg',
  s,
  p,
  v: 1,
  r: room,
  u: user,
  at: 1,
  c: 'c',
  b: { text: `${s}` },
});

t.test('the client of the document talks, keeps order, sees gaps and repeats under the same id', async (t) => {
  const sends: Frame[] = [];
  let heads = [4, 9];
  const edge = await startScriptedEdge(t, {
    hello: (frame, socket) => {
      socket.send(JSON.stringify(hi(frame, socket)));
      socket.send(JSON.stringify({ t: 'live', r: room, s: heads[0] }));
      heads = heads.slice(1);
      return undefined;
    },
    send: (frame, socket) => {
      sends.push(frame);
      if (sends.length === 1) socket.terminate();
      if (sends.length === 2) return { t: 'err', i: frame.i as number, code: 'unknown', msg: '?', retry: 1 };
      if (frame['b'] && (frame['b'] as { text: string }).text === 'no')
        return { t: 'err', i: frame.i as number, code: 'not_member', msg: 'no' };
      return sends.length > 2 ? { t: 'ok', i: frame.i as number, s: 10, at: 1, dup: 1 } : undefined;
    },
  });
  const told: string[] = [];
  const answers: Frame[] = [];
  const ends: number[] = [];
  const send = documentedChat()({
    url: edge.url,
    token: async () => 'a-token',
    room,
    show: (frame) => told.push(`message ${frame['s']}`),
    missed: (after, upTo) => told.push(`missed ${after}-${upTo}`),
    answered: (answer) => answers.push(answer),
    ended: ({ code }) => ends.push(code),
  });
  send('hi');
  await until('the answer', () => answers.length === 1);
  t.match(answers[0], { t: 'ok', s: 10 }, 'a connection that ends and an unknown fate are nothing to the caller');
  t.equal(new Set(sends.map(({ c }) => c)).size, 1);
  t.equal(sends.length, 3);
  send('no');
  await until('the refusal', () => answers.length === 2);
  t.match(answers[1], { t: 'err', code: 'not_member' });

  edge.say(message(11, 9), message(11, 9), message(14, 13), message(12, 11), { t: 'weather' }, { t: 'bye', after: 1 });
  await until('the gap', () => told.length === 4);
  t.same(told, ['missed 4-9', 'message 11', 'missed 11-13', 'message 14']);
  t.match(
    edge.received.filter((frame) => frame.t === 'hello')[1],
    { since: { [room]: 4 }, gen: 'first' },
    'it resumes',
  );
  edge.say({ t: 'lag', r: room, from: 15, to: 20 }, message(21, 20));
  await until('the lag', () => told.length === 6);
  t.same(told.slice(4), ['missed 14-20', 'message 21']);

  for (const socket of edge.sockets) socket.close(4403);
  await until('the end', () => ends.length > 0);
  t.same(ends, [4403]);
  t.equal(
    edge.received.filter((frame) => frame.t === 'hello').length,
    2,
    'it does not come back where it is not wanted',
  );
});
