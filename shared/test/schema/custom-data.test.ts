import t from 'tap';
import { customDataLimits, unfitCustomData } from '../../src/schema/index.ts';

const nested = (levels: number): Record<string, unknown> => (levels === 1 ? {} : { in: nested(levels - 1) });

t.test('data of the application is kept up to four levels', async (t) => {
  t.equal(unfitCustomData({}), undefined);
  t.equal(unfitCustomData({ a: { b: { c: {} } }, list: [[[1]]] }), undefined);
  t.equal(unfitCustomData(nested(4)), undefined);
  t.match(unfitCustomData(nested(5)), /4 levels/);
  t.match(unfitCustomData({ a: [[[[]]]] }), /4 levels/);
});

t.test('depth that would break a writer of JSON is refused without writing it', async (t) => {
  const deep = JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  t.match(unfitCustomData(deep), /4 levels/);
});

t.test('data of the application is kept up to its bytes, not its letters', async (t) => {
  const around = JSON.stringify({ a: '' }).length;
  t.equal(unfitCustomData({ a: 'x'.repeat(customDataLimits.bytes - around) }), undefined);
  t.match(unfitCustomData({ a: 'x'.repeat(customDataLimits.bytes - around + 1) }), /4096 bytes/);
  t.match(unfitCustomData({ a: '한'.repeat(customDataLimits.bytes / 2) }), /4096 bytes/);
});

t.test('a key that would change every object is refused at each level', async (t) => {
  t.match(unfitCustomData(JSON.parse('{"__proto__":{"admin":true}}')), /__proto__/);
  t.match(unfitCustomData(JSON.parse('{"a":[{"__proto__":1}]}')), /__proto__/);
});

t.test('what would come back as something else is refused', async (t) => {
  t.match(unfitCustomData(JSON.parse('{"a":1e999}')), /too large/);
  t.match(unfitCustomData({ a: ['\ud800'] }), /half a code point/);
  t.equal(unfitCustomData({ 'a.b': 1, $set: 2, '': 3, constructor: 4 }), undefined, 'keys are kept as text');
});
