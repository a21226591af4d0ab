import t from 'tap';
import { clientExamples, encodeFrame, maxDepth, parseClientFrame, serverExamples } from '../../src/protocol/index.ts';

const encoder = new TextEncoder();
const parse = (text: string, maxBytes = 16_384) => parseClientFrame(encoder.encode(text), maxBytes);
const parseValue = (value: unknown) => parse(JSON.stringify(value));
const { send } = clientExamples;

t.test('a frame passes as it came, unknown keys included', async (t) => {
  t.same(parseValue(send), { ok: true, frame: send });
  t.match(parseValue({ ...send, later: { than: ['this', 'version'] } }), { ok: true });
});

t.test('what is no JSON object is a bad frame', async (t) => {
  for (const text of [
    '',
    ' ',
    '{',
    '}',
    'x',
    'null',
    '1',
    '"send"',
    '[]',
    '[{"t":"ping"}]',
    '{"t":"ping"}{',
    "{'t':1}",
    '{"t":"ping",}',
  ])
    t.match(parse(text), { ok: false, code: 'bad_frame' }, text);
});

t.test('an unknown operation is told apart from a bad frame', async (t) => {
  for (const op of ['pin', '', 'SEND', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])
    t.match(parseValue({ t: op, i: 3 }), { ok: false, code: 'unknown_op', i: 3 }, op);
  for (const op of [1, null, {}, ['send'], undefined]) t.match(parseValue({ t: op }), { ok: false, code: 'bad_frame' });
});

t.test('an error carries the reply number wherever there is one', async (t) => {
  t.match(parseValue({ t: 'send', i: 7 }), { ok: false, code: 'bad_frame', i: 7 });
  t.match(parseValue({ i: 0 }), { ok: false, code: 'bad_frame', i: 0 });
  for (const i of [-1, 1.5, '7', null, 2 ** 53, [7]]) {
    const parsed = parseValue({ ...send, i });
    t.match(parsed, { ok: false, code: 'bad_frame' }, `${i} is no reply number`);
    t.notOk(Object.hasOwn(parsed, 'i'));
  }
});

t.test('a frame above the limit is refused before it is looked at', async (t) => {
  const text = JSON.stringify(send);
  t.match(parse(text, text.length), { ok: true });
  t.match(parse(text, text.length - 1), { ok: false, code: 'too_large' });
  t.match(parse('x'.repeat(100), 99), { ok: false, code: 'too_large' });
  t.match(parse(JSON.stringify({ ...send, b: { text: '가' } }), text.length), { ok: false }, 'counted in bytes');
});

t.test('deep JSON is refused before it is built', async (t) => {
  const nested = (depth: number) => `{"t":"ping","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  t.match(parse(nested(maxDepth)), { ok: true });
  t.match(parse(nested(maxDepth + 1)), { ok: false, code: 'bad_frame', msg: /nest/ });
  t.match(parse('['.repeat(16_000)), { ok: false, code: 'bad_frame' });
  t.match(parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`), { ok: false, code: 'bad_frame' });
});

t.test('brackets inside strings do not count as depth', async (t) => {
  for (const text of ['[[[[[[[[[[[[{{{{{{', '\\', '\\"[[[[[[[[[[', '"[[[[[[[[[[', '\\\\"[[[[[[[[[['])
    t.same(parseValue({ ...send, b: { text } }), { ok: true, frame: { ...send, b: { text } } });
});

t.test('invalid UTF-8 is a bad frame, not another text', async (t) => {
  const bytes = Uint8Array.from(encoder.encode(JSON.stringify(send)));
  const at = JSON.stringify(send).indexOf('"hi"') + 1;
  for (const [first, second] of [
    [0xc3, 0x28],
    [0xff, 0xfe],
    [0xed, 0xa0],
    [0xc0, 0xaf],
  ] as const) {
    bytes.set([first, second], at);
    t.match(parseClientFrame(bytes, 16_384), { ok: false, code: 'bad_frame' });
  }
});

t.test('every text that JSON can carry comes through', async (t) => {
  for (const text of ['', '\u0000', '\u2028', '안녕', '👍🏽', '"\\/\b\f\n\r\t', '\ud800', 'a'.repeat(1_000)]) {
    const parsed = parseValue({ ...send, b: { text } });
    t.same(parsed, { ok: true, frame: { ...send, b: { text } } });
  }
});

t.test('keys of the prototype change nothing', async (t) => {
  const hostile = `{"t":"ping","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`;
  t.match(parse(hostile), { ok: true });
  t.equal(({} as { polluted?: number }).polluted, undefined);
  t.match(parse('{"__proto__":{"t":"ping"}}'), { ok: false, code: 'bad_frame' }, 'nothing is inherited from a frame');
  t.match(parse('{"t":"join","i":1,"__proto__":{"rs":["01kahzx3y8r5b1c2d3e4f5g6h7"]}}'), { ok: false, i: 1 });
});

t.test('whatever the bytes, there is an answer from the table', async (t) => {
  const text = JSON.stringify(clientExamples.hello);
  const whole = encoder.encode(text);
  for (let n = 0; n < 5_000; n++) {
    const bytes = whole.slice(0, Math.random() < 0.3 ? Math.floor(Math.random() * whole.length) : whole.length);
    for (let k = 0; k < 3; k++) bytes[Math.floor(Math.random() * bytes.length)] = Math.floor(Math.random() * 256);
    const parsed = parseClientFrame(bytes, 16_384);
    if (!parsed.ok && !['bad_frame', 'unknown_op'].includes(parsed.code)) t.fail(parsed.code);
  }
});

t.test('a server’s frame is one line of JSON', async (t) => {
  for (const frame of Object.values(serverExamples)) {
    const text = encodeFrame(frame);
    t.same(JSON.parse(text), frame);
    t.notMatch(text, /\n/);
  }
});
