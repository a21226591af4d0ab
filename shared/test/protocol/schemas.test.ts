import t from 'tap';
import { type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import {
  clientExamples,
  clientFrames,
  frameBytesFor,
  jsonSchemas,
  maxRoomsPerFrame,
  maxTokenChars,
  serverExamples,
  serverFrames,
} from '../../src/protocol/index.ts';

type Frame = Record<string, unknown>;
const frames = (schemas: object, examples: object): [string, TSchema, Frame][] =>
  Object.entries(schemas).map(([op, schema]) => [
    op,
    schema as TSchema,
    (examples as Record<string, Frame>)[op] as Frame,
  ]);
const client = frames(clientFrames, clientExamples);
const server = frames(serverFrames, serverExamples);
const required = (schema: TSchema): string[] => (schema as unknown as { required: string[] }).required;

/** What a command takes its own contract says; what is said of a call is between the devices. */
const anyObject = ['call.p', 'sig.d', 'app.d'];

t.test('every schema accepts its example', async (t) => {
  for (const [op, schema, example] of [...client, ...server]) t.ok(Check(schema, example), op);
});

t.test('every schema accepts keys of a later version', async (t) => {
  for (const [op, schema, example] of [...client, ...server]) t.ok(Check(schema, { ...example, later: 1 }), op);
});

t.test('no schema accepts its example with a key missing or of another type', async (t) => {
  for (const [op, schema, example] of [...client, ...server])
    for (const key of Object.keys(example)) {
      const { [key]: _, ...without } = example;
      t.equal(Check(schema, without), !required(schema).includes(key), `${op} without ${key}`);
      const wrong = [null, true, typeof example[key] === 'string' ? 7 : 'seven', { a: 1 }, [1]];
      const fitting = anyObject.includes(`${op}.${key}`)
        ? wrong.filter((value) => JSON.stringify(value) !== '{"a":1}')
        : wrong;
      for (const value of fitting) t.notOk(Check(schema, { ...example, [key]: value }), `${op}.${key} = ${value}`);
    }
});

t.test('no schema accepts the example of another operation', async (t) => {
  for (const all of [client, server])
    for (const [op, schema] of all)
      for (const [other, , example] of all) t.equal(Check(schema, example), op === other, `${op} and ${other}`);
});

t.test('the bounds of a frame hold', async (t) => {
  const { hello, join, send } = clientExamples;
  const rooms = (n: number) => Array.from({ length: n }, () => send.r);
  t.ok(Check(clientFrames.join, { ...join, rs: rooms(maxRoomsPerFrame) }));
  t.notOk(Check(clientFrames.join, { ...join, rs: rooms(maxRoomsPerFrame + 1) }));
  t.notOk(Check(clientFrames.join, { ...join, rs: [] }));
  t.ok(Check(clientFrames.hello, { ...hello, tok: 'x'.repeat(maxTokenChars), rooms: rooms(maxRoomsPerFrame) }));
  t.notOk(Check(clientFrames.hello, { ...hello, tok: 'x'.repeat(maxTokenChars + 1) }));
  t.notOk(Check(clientFrames.hello, { ...hello, tok: '' }));
  t.notOk(Check(clientFrames.hello, { ...hello, rooms: 'some' }));
  for (const r of ['*', '>', `${send.r}.x`, send.r.toUpperCase(), ''])
    t.notOk(Check(clientFrames.send, { ...send, r }), r);
  for (const c of ['short', 'x'.repeat(37), 'with a space in it']) t.notOk(Check(clientFrames.send, { ...send, c }), c);
  for (const re of [0, -1, 1.5]) t.notOk(Check(clientFrames.send, { ...send, re }), String(re));
  t.ok(Check(clientFrames.send, { ...send, re: 1 }));
});

t.test('a frame of the largest size holds the longest text and a full `join`', async (t) => {
  for (const text of [1_000, 10_000]) {
    const worst = '\\ud83d\\ude00'.repeat(text);
    const frame = JSON.stringify({ ...clientExamples.send, i: Number.MAX_SAFE_INTEGER }).replace('"hi"', `"${worst}"`);
    t.ok(frame.length <= frameBytesFor(text), `${text} code points`);
  }
  const join = { ...clientExamples.join, rs: Array.from({ length: maxRoomsPerFrame }, () => clientExamples.send.r) };
  t.ok(JSON.stringify(join).length <= frameBytesFor(1_000));
});

t.test('the published JSON Schemas accept what the validators accept', async (t) => {
  const published = jsonSchemas();
  t.same(Object.keys(published.client), Object.keys(clientFrames));
  t.same(Object.keys(published.server), Object.keys(serverFrames));
  for (const [op, , example] of client) {
    t.ok(Check(Type.Unsafe(published.client[op] as TSchema), example), op);
    t.notOk(Check(Type.Unsafe(published.client[op] as TSchema), { ...example, t: 'x' }), op);
  }
});
