import t from 'tap';
import { centrifugo } from '../src/load/centrifugo.ts';
import { scanStamp, sendFrame } from '../src/load/message.ts';
import { heard } from './heard.ts';
import { room } from './server-frames.ts';

const published = sendFrame(7, room, 'an id', 1_234_567);
const push = (more: string) => `{"push":{"channel":"${room}","pub":{"data":${published}${more}}}}`;

t.test(
  'a publication is found within what Centrifugo has around it, and its time within the publication',
  async (t) => {
    const infos = ['', ',"info":{"user":"","client":"a-b"}', ',"info":{"client":"a-b"},"offset":12,"epoch":"qfoc"'];
    for (const more of infos) t.strictSame(heard('centrifugo', push(more)), [['event', published]], more);
    const bytes = Buffer.from(published);
    t.equal(scanStamp(bytes, 0, bytes.length), 1_234_567);
  },
);

t.test('each line of a frame is one of its own', async (t) => {
  const lines = [push(''), '{"id":7,"publish":{}}', push(',"offset":2'), '{}'];
  t.strictSame(heard('centrifugo', lines.join('\n')), [
    ['event', published],
    ['acknowledged', 7],
    ['event', published],
    ['reply', '{}'],
  ]);
});

t.test('connected and subscribed, a client is live', async (t) => {
  const replies = ['{"id":1,"connect":{"client":"a","ping":25,"pong":true}}', '{"id":2,"subscribe":{"epoch":"q"}}'];
  t.strictSame(heard('centrifugo', replies.join('\n')), [{ t: 'hi' }, { t: 'live' }]);
});

t.test('what is refused, or unknown, is told', async (t) => {
  const unknown = [
    '{"id":3,"error":{"code":103,"message":"permission denied"}}',
    `{"push":{"channel":"${room}","unsubscribe":{"code":2500}}}`,
    `{"push":{"channel":"${room}","join":{"info":{}}}}\n`,
    '{"push":{"pub":{"data":{"text":"short"}}}}',
    'x',
  ];
  for (const text of unknown) t.match(heard('centrifugo', text), [{ t: 'err' }], text);
  const [, left, joined] = unknown;
  for (const text of [left, joined?.trim()])
    t.match(
      heard('centrifugo', `${text}\n${push('')}`),
      [{ t: 'err' }, ['event', published]],
      `before another: ${text}`,
    );
});

t.test('commands are those of its protocol, one a line', async (t) => {
  t.strictSame(centrifugo.hello('a token', undefined), ['{"id":1,"connect":{}}']);
  t.strictSame(centrifugo.hello('a token', room), [
    `{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"${room}"}}`,
  ]);
  t.strictSame(JSON.parse(centrifugo.send(published, 7, true)), {
    id: 7,
    publish: { channel: room, data: JSON.parse(published) },
  });
});
