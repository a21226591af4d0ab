import type { Random } from '../guarantee/random.ts';

const numbers = [0, -0, -1, 1.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 53 + 2, Number.MAX_SAFE_INTEGER];
const texts = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    'a\udfff',
    '\u202e\u200b',
    '\ufeff',
    'ｆｕｌｌ',
    'é',
    'é',
    '👩‍👩‍👧‍👦',
    '한글',
    'i̇',
  ],
  ...['>', '*', 'a.b', '$where', '__proto__', 'constructor', 'toString', '%00', '../../etc/passwd', "' OR 1=1 --"],
  ...[
    'NaN',
    '-1',
    '1e9',
    '{"$gt":""}',
    '<script>',
    'x: y\r\nset-cookie: a=b',
    '[[[[[[',
    'x'.repeat(300),
    '👋'.repeat(1_001),
  ],
];
const shapes: readonly unknown[] = [
  ...[null, true, false, [], {}, [[]], [null], { $gt: '' }, { $ne: null }, { length: 1e9 }, { toString: 'x' }],
  ...[JSON.parse('{"__proto__":{"admin":true}}'), { constructor: { prototype: { admin: true } } }],
  ...[Array.from({ length: 600 }, () => 'x'), Array.from({ length: 300 }, (_, n) => n), nested(9), nested(40)],
];

export const hostileNames = [
  '__proto__',
  'constructor',
  'toString',
  'x',
  'u',
  'sid',
  'role',
  'admin',
  '',
  '$where',
  'a.b',
  'at',
];

/** A value that nobody would send who means well. */
export function hostileValue(random: Random): unknown {
  const kind = random.between(0, 9);
  if (kind < 3) return random.pick(numbers);
  if (kind < 6) return random.pick(texts);
  if (kind < 8) return random.pick(shapes);
  return Array.from({ length: random.between(1, 40) }, () => String.fromCharCode(random.between(0, 0xffff))).join('');
}

export function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
