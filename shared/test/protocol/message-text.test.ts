import t from 'tap';
import { refuseUnfitEmoji, refuseUnfitText } from '../../src/protocol/index.ts';

const codeOf = (text: string, limit = 1_000): string => {
  try {
    refuseUnfitText(text, limit);
    return 'fits';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

t.test('length is counted as people count it', async (t) => {
  t.equal(codeOf('a'.repeat(1_000)), 'fits');
  t.equal(codeOf('a'.repeat(1_001)), 'too_large');
  t.equal(codeOf('😀'.repeat(1_000)), 'fits');
  t.equal(codeOf('😀'.repeat(1_001)), 'too_large');
  t.equal(codeOf(`${'😀'.repeat(999)}한`), 'fits');
  t.equal(codeOf('한'.repeat(1_001)), 'too_large');
});

t.test('text is what people can read', async (t) => {
  for (const text of ['line\nline', 'tab\tbed', '👩‍👩‍👧‍👦', 'مرحبا', '\u200bx', '\u2067مرحبا\u2069 ok', '1️⃣', '🇰🇷'])
    t.equal(codeOf(text), 'fits', JSON.stringify(text));
  for (const text of [
    '',
    ' ',
    '\n\t ',
    'a\u0000b',
    'a\rb',
    '\u001b[31mred',
    'a\u007f',
    'a\u0085b',
    '\ud800',
    'x\udc00y',
    '\u202etxt.exe',
    'a\u202db',
    '\u200b\u200d',
    '\u2800\u3164',
    '\ufe0f',
  ]) {
    t.equal(codeOf(text), 'bad_frame', JSON.stringify(text));
  }
});

t.test('a reaction is something short that people can see, in one spelling', async (t) => {
  for (const emoji of ['👍', '❤️', '👩‍👩‍👧‍👦', '🇰🇷', '좋아', ':+1:', 'é', 'x'.repeat(32)]) {
    t.doesNotThrow(() => refuseUnfitEmoji(emoji), JSON.stringify(emoji));
  }
  for (const emoji of [
    '',
    ' ',
    'a b',
    'a\n',
    '\u0000',
    '\ud83d',
    'e\u0301',
    '\u202eabc',
    'x'.repeat(33),
    '👍'.repeat(9),
  ]) {
    t.throws(() => refuseUnfitEmoji(emoji), { code: 'bad_frame' }, JSON.stringify(emoji));
  }
});
