import t from 'tap';
import { scanStamp, sendFrame } from '../src/load/message.ts';
import { tinode } from '../src/load/tinode.ts';
import { heard } from './heard.ts';

const topic = 'grpAbc';
const published = sendFrame(7, topic, 'an id', 1_234_567);
const content = JSON.stringify({ b: JSON.parse(published).b });

t.test('what was said is found within what Tinode has around it, and its time within that', async (t) => {
  const text = `{"data":{"topic":"${topic}","from":"usrA","ts":"2026-11-22T10:00:00.5Z","seq":3,"content":${content}}}`;
  t.strictSame(heard('tinode', text), [['event', content]]);
  const bytes = Buffer.from(content);
  t.equal(scanStamp(bytes, 0, bytes.length), 1_234_567);
});

t.test('an accepted message is acknowledged by its number', async (t) => {
  const text = `{"ctrl":{"id":"7","topic":"${topic}","params":{"seq":3},"code":202,"text":"accepted","ts":"x"}}`;
  t.strictSame(heard('tinode', text), [['acknowledged', 7]]);
});

t.test('logged in and attached, a client is live', async (t) => {
  const control = (id: string, code: number) => heard('tinode', `{"ctrl":{"id":"${id}","code":${code},"text":"ok"}}`);
  t.strictSame(control('hi', 201), []);
  t.strictSame(control('login', 200), [{ t: 'hi' }]);
  t.strictSame(control('sub', 200), [{ t: 'live' }]);
});

t.test('what is refused, or has no content, is told; who came is nobody\u2019s business', async (t) => {
  t.match(heard('tinode', '{"ctrl":{"id":"7","code":503,"text":"service unavailable"}}'), [{ t: 'err' }]);
  t.match(heard('tinode', '{"data":{"topic":"x","seq":1}}'), [{ t: 'err' }]);
  t.strictSame(heard('tinode', '{"pres":{"topic":"x","what":"on"}}'), []);
});

t.test('messages are those of its protocol, one a frame', async (t) => {
  const frames = tinode.hello('a token', topic);
  t.match(
    frames.map((frame) => JSON.parse(frame)),
    [{ hi: { id: 'hi' } }, { login: { scheme: 'token', secret: 'a token' } }, { sub: { topic } }],
  );
  t.equal(tinode.hello('a token', undefined).length, 2);
  t.strictSame(JSON.parse(tinode.send(published, 7, true)), {
    pub: { id: '7', topic, content: { b: JSON.parse(published).b } },
  });
});
