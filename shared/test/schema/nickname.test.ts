import t from 'tap';
import { nicknameFault, nicknameKey, nicknameLook, spellNickname } from '../../src/schema/index.ts';

const faultOf = (nickname: string) => nicknameFault(spellNickname(nickname));

t.test('people of all scripts may have their names', async (t) => {
  const names = [
    'ada',
    'Gödel',
    'Nguyễn',
    'user-1_x.y2',
    '민수',
    '김민수99',
    'ㅋㅋㅋ',
    'Kim민수',
    '山田太郎',
    'さくらサクラ桜',
    'ユーザー',
    '小明Ming',
    'Иван',
    'Ελένη',
    'สมชาย',
    'प्रिया',
    'שרה',
    'محمد٢٠',
    'Հայկ',
    'ნინო',
  ];
  for (const name of names) t.equal(faultOf(name), undefined, name);
});

t.test('tricks are refused', async (t) => {
  const tricks: Record<string, string> = {
    'mixed scripts': '\u0430dmin',
    'Greek in Latin': 'p\u03bfl',
    'Latin in Hebrew': 'a\u05e9\u05e8\u05d4',
    'right to left override': 'ab\u202ecd',
    'right to left mark': 'ab\u200fcd',
    'zero width space': 'ad\u200bmin',
    'zero width joiner': 'ad\u200dmin',
    'soft hyphen': 'ad\u00admin',
    'word joiner': 'ad\u2060min',
    'Korean filler': 'ad\u3164min',
    'halfwidth filler': 'ad\uffa0min',
    'part of a syllable': '\u1100\u1100',
    'variation selector': 'ad\ufe0fmin',
    'combining grapheme joiner': 'ad\u034fmin',
    'tag character': 'ad\u{e0061}min',
    'piled up marks': 'a\u0301\u0302\u0303\u0304\u0306b',
    'a script that nobody writes': '\u{10400}\u{10401}',
    Cherokee: '\u13aa\u13aa',
    'digits of two systems': 'a1\u0967',
    'private use': 'ab\ue000',
    'line break': 'ab\ncd',
    null: 'ab\0cd',
    space: 'ab cd',
    'no-break space': 'ab\u00a0cd',
    emoji: 'ab😀',
    'begins with a dot': '.ab',
    'ends with a dot': 'ab.',
    'begins with a mark': '\u0301ab',
    'too short': 'a',
    'too long': 'a'.repeat(31),
    'grows too long': '㌀'.repeat(10),
    'half of a code point': 'ab\ud800',
    everybody: 'All',
    'looks like everybody': 'aIl',
  };
  for (const [what, trick] of Object.entries(tricks)) t.type(faultOf(trick), 'string', what);
});

t.test('one name is spelt one way', async (t) => {
  t.equal(spellNickname('Ｇödel'), 'Gödel');
  t.equal(spellNickname('𝐚𝐝𝐦𝐢𝐧'), 'admin');
  t.equal(spellNickname('ⓐⓓⓜⓘⓝ①'), 'admin1');
  t.equal(spellNickname('ﬁn'), 'fin');
  t.equal(spellNickname('김민수'.normalize('NFD')), '김민수');
  t.equal(spellNickname('ㅋㅋ'), 'ㅋㅋ', 'letters that stand alone stay');
  t.equal(spellNickname('ｶﾞ'), 'ガ');
  for (const name of ['Ｇödel', 'ㅋㅋ', 'ｶﾞ', 'Ǆ']) {
    const once = spellNickname(name);
    t.equal(spellNickname(once), once, 'and stays so');
  }
});

t.test('names that look alike have one look, others have their own', async (t) => {
  const alike: [string, string][] = [
    ['admin', 'аdmin'],
    ['ace', 'асе'],
    ['ACE', 'АСЕ'],
    ['paypal', 'раураӏ'],
    ['Alice', 'AIice'],
    ['alice', 'a1ice'],
    ['bob', 'b0b'],
    ['modern', 'modem'],
    ['vvill', 'will'],
    ['ΑΒΕ', 'ABE'],
    ['カロ', '力口'],
    ['admin', 'ａｄｍｉｎ'],
    ['admin', 'ᴀdmin'],
  ];
  for (const [one, other] of alike) t.equal(nicknameLook(one), nicknameLook(other), `${one} ${other}`);
  const apart: [string, string][] = [
    ['ian', 'lan'],
    ['müller', 'muller'],
    ['bob1', 'bob2'],
    ['민수', '민주'],
    ['ada', 'adam'],
  ];
  for (const [one, other] of apart) t.not(nicknameLook(one), nicknameLook(other), `${one} ${other}`);
  t.equal(nicknameKey('IAN'), nicknameKey('ian'), 'case is folded by the key, since a look knows capitals');
});
