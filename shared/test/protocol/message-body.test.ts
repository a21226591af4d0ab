import t from 'tap';
import { customLimits, refuseUnfitCustom } from '../../src/protocol/index.ts';

const codeOf = (json: string): string => {
  try {
    refuseUnfitCustom(JSON.parse(json));
    return 'fits';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

const keys = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1])));
const text = (chars: number) => JSON.stringify({ a: 'x'.repeat(chars) });

t.test('what an application adds is bounded in bytes, levels and keys', async (t) => {
  t.equal(codeOf(text(customLimits.bytes - 8)), 'fits');
  t.equal(codeOf(text(customLimits.bytes - 7)), 'too_large');
  t.equal(codeOf(JSON.stringify({ a: '한'.repeat(700) })), 'too_large', 'bytes, not characters');
  t.equal(codeOf(keys(50)), 'fits');
  t.equal(codeOf(keys(51)), 'bad_frame');
  t.equal(codeOf(`{"a":[${Array(26).fill('{"b":1,"c":2}')}]}`), 'bad_frame', 'of all objects together');
  t.equal(codeOf('{"a":{"b":{"c":{}}}}'), 'fits');
  t.equal(codeOf('{"a":{"b":{"c":{"d":{}}}}}'), 'bad_frame');
  t.equal(codeOf('{"a":[[[[]]]]}'), 'bad_frame');
  t.equal(codeOf(`{"a":"${'x'.repeat(10)}","${'k'.repeat(64)}":1}`), 'fits');
  t.equal(codeOf(`{"${'k'.repeat(65)}":1}`), 'bad_frame');
});

t.test('what no store keeps as it is, is refused', async (t) => {
  const bad = [
    ...['{"__proto__":{"admin":true}}', '{"a":{"constructor":1}}', '{"prototype":1}', '{"_bsontype":"ObjectId"}'],
    ...['{"$set":1}', '{"a.b":1}', '{"":1}', '{"a\\u0000":1}', '{"\\ud800":1}', '{"a":"\\udc00"}', '{"a":1e999}'],
  ];
  for (const json of bad) t.equal(codeOf(json), 'bad_frame', json);
  for (const json of ['{}', '{"_id":1,"a$":2,"👍":"한","n":null,"f":0.1,"b":true}'])
    t.equal(codeOf(json), 'fits', json);
});
