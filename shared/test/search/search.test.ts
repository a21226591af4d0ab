import t from 'tap';
import {
  excerptLength,
  excerptOf,
  fold,
  gramsOf,
  maxGrams,
  maxQueryGrams,
  placesIn,
  readQuery,
} from '../../src/search/index.ts';

/** What of a text is found: by its grams first, as the store does, then in the text itself. */
function found(text: string, asked: string): string[] | undefined {
  const query = readQuery(asked);
  if (query === undefined) return undefined;
  const grams = new Set(gramsOf(text));
  const places = placesIn(text, query);
  if (!query.grams.every((gram) => grams.has(gram))) {
    if (places !== undefined) throw new Error(`the grams of ${text} do not let ${asked} be found`);
    return undefined;
  }
  return places?.map(([start, length]) => text.slice(start, start + length));
}

for (const [text, query, ...places] of [
  // Korean: any part of a word, also one syllable, also taken apart or as letters alone.
  ['오늘 서울에서 만나요', '서울', '서울'],
  ['오늘 서울에서 만나요', '울에', '울에'],
  ['김밥 먹을래? 밥은 먹었어?', '밥', '밥'],
  ['김밥 먹을래?', '밥'],
  ['김밥 a밥을', 'a밥', 'a밥'],
  ['김밥a', '밥a'],
  ['밥a', '밥a', '밥a'],
  ['한글'.normalize('NFD'), '한글', '한글'.normalize('NFD')],
  ['한글이 좋다', '한글'.normalize('NFD'), '한글'],
  ['ㅋㅋㅋ 웃겨', 'ㅋㅋ', 'ㅋㅋ'],
  ['서울에서', '서울은'],
  ['가나 다라', '나다'],
  // Japanese: the syllabaries and their widths are one, voiced sounds are others.
  ['カタカナで書く', 'かたかな', 'カタカナ'],
  ['ｶﾞｷﾞ', 'がぎ', 'ｶﾞｷﾞ'],
  ['東京タワーに行く', '東京', '東京'],
  ['東京タワーに行く', 'たわー', 'タワー'],
  ['かき', 'がぎ'],
  // Chinese.
  ['我今天去北京大学', '北京大学', '北京大学'],
  ['我今天去北京大学', '京大', '京大'],
  ['我家有一只猫。', '猫', '猫'],
  ['我有猫吗', '猫', '猫'],
  ['😂👍😂', '👍', '👍'],
  ['ねこがいる', 'ね', 'ね'],
  ['北方的京城', '北京'],
  // German, Turkish and others: case and accents do not count.
  ['Die Straße nach München', 'STRASSE', 'Straße'],
  ['Die Straße nach München', 'munchen strasse', 'Straße', 'München'],
  ['Häuser am Fluß', 'haus', 'Häus'],
  ['İstanbul ve Iğdır', 'istanbul', 'İstanbul'],
  ['İstanbul ve Iğdır', 'ığdir', 'Iğdır'],
  ['crème brûlée', 'creme brulee', 'crème', 'brûlée'],
  ['Ωμέγα ΣΟΦΟΣ', 'σοφος', 'ΣΟΦΟΣ'],
  ['Привет, Ёлка', 'елка', 'Ёлка'],
  ['שָׁלוֹם', 'שלום', 'שָׁלוֹם'],
  ['ไปกินข้าวกัน', 'ข้าว', 'ข้าว'],
  // Words by their beginning, and by nothing else of them.
  ['the messages were lost', 'message lost', 'message', 'lost'],
  ['the messages were lost', 'essages'],
  ['the messages were lost', 'message found'],
  ['internationalization', 'internationalizat', 'internationalizat'],
  ['internationalism', 'internationalization'],
  ['a a a b', 'a', 'a', 'a', 'a'],
  ['isn’t it', "isn't", 'isn’t'],
  // Numbers, names, addresses, signs: as they are written.
  ['room 1042 is free', '104', '104'],
  ['pi is 3.14159', '3.14', '3.14'],
  ['pi is 3, 14 of them', '3.14'],
  ['hi @alice_w!', '@alice', '@alice'],
  ['hi alice', '@alice'],
  ['see https://Example.org/a/b?c=1', 'example.org/a', 'Example.org/a'],
  ['see https://example.org/a/b?c=1', 'https://example.org/a/b?c=1', 'https://example.org/a/b?c=1'],
  ['C++ and C', 'c++', 'C++'],
  ['a | b', 'b | a', 'a', 'b'],
  ['full ｗｉｄｔｈ １２', 'width 12', 'ｗｉｄｔｈ', '１２'],
  // Emoji: with and without what only chooses how they look.
  ['well done 👍🏽', '👍', '👍'],
  ['I ❤️ it', '❤', '❤️'],
  ['🇰🇷 and 🇯🇵', '🇯🇵', '🇯🇵'],
  ['good👍good', '👍g', '👍g'],
  // Mixed.
  ['새 iPhone케이스 샀어', 'iphone케이스', 'iPhone케이스'],
  ['내iphone', 'iphone', 'iphone'],
  ['LINEで送って', 'lineで', 'LINEで'],
  ['co\u00adop\u200bera', 'coopera', 'co\u00adop\u200bera'],
  // What means something to a pattern, a database or a program means nothing here.
  ['a.*b costs $where {"$gt":1}', '$where', '$where'],
  ['a.*b costs $where', 'a.*b', 'a.*b'],
  ['axxb', 'a.*b'],
  ['__proto__ constructor', '__proto__', '__proto__'],
] as [string, string, ...string[]][]) {
  t.test(`${places.length === 0 ? 'does not find' : 'finds'} ${query} in ${text}`, async (t) => {
    t.same(found(text, query), places.length === 0 ? undefined : places);
  });
}

t.test('of what has no letter, digit or emoji nothing can be looked for', async (t) => {
  for (const text of ['', ' ', '\u3000\t\n', '?!', '...', '\u200b', '$^*(', '@']) {
    t.equal(readQuery(text), undefined, JSON.stringify(text));
  }
});

t.test('grams of a text and of a query are bounded, and each is short', async (t) => {
  const long = Array.from({ length: 10_000 }, (_, n) => String.fromCodePoint(0xac00 + n)).join('');
  t.equal(gramsOf(long).length, maxGrams);
  t.same(gramsOf('x'.repeat(10_000)), ['', 'xx', 'xxxx']);
  t.equal(readQuery(long)?.grams.length, maxQueryGrams);
  t.ok(gramsOf(`${long} ${'y'.repeat(9_000)}`).every((gram) => [...gram].length <= 4));
  const thousand = Array.from({ length: 250 }, (_, n) => `문장${n % 40}개`)
    .join(' ')
    .slice(0, 1_000);
  t.ok(gramsOf(thousand).length < maxGrams, 'a long message of Korean is found by all of it');
});

t.test('the longest grams of a query come first: they are the rarest', async (t) => {
  t.same(readQuery('밥 a international')?.grams, ['inte', '밥', '']);
});

t.test(
  'what repeats itself without end is looked through all the same, and a bounded number of places told',
  async (t) => {
    for (const text of ['a'.repeat(10_000), '가'.repeat(10_000), 'a '.repeat(5_000), 'ﷺ'.repeat(10_000)]) {
      for (const asked of ['a'.repeat(200), `${'a'.repeat(199)}b`, '가'.repeat(200), 'ﷺ'.repeat(200), 'a', '가']) {
        const query = readQuery(asked);
        t.ok(query);
        if (query !== undefined) t.ok((placesIn(text, query)?.length ?? 0) <= 4 * 20);
      }
    }
  },
);

t.test('an excerpt shows the first place, and its highlights lie in it', async (t) => {
  const query = readQuery('바늘');
  if (query === undefined) throw new Error('no query');
  for (const [text, cut] of [
    ['여기 바늘이 있다', false],
    [`${'😀'.repeat(500)}바늘${'😀'.repeat(500)}바늘`, true],
    [`바늘${'x'.repeat(500)}`, true],
    [`${'x'.repeat(500)}바늘`, true],
  ] as const) {
    const shown = excerptOf(text, placesIn(text, query) ?? []);
    t.ok(shown.highlights.length > 0);
    for (const [start, length] of shown.highlights) t.equal(shown.text.slice(start, start + length), '바늘');
    t.ok(shown.text.length <= excerptLength + 2);
    t.equal(shown.text.includes('…'), cut);
    t.notMatch(shown.text, /\p{Cs}/u, 'no half characters');
  }
});

t.test('folding is done once: what is folded stays as it is', async (t) => {
  for (const text of ['Straße', 'İstanbul', 'カタカナ', '한글'.normalize('NFD'), 'ﷺ', '①②', 'ǅ', 'ŉ', 'ΐ', 'ㅋㅋ']) {
    t.equal(fold(fold(text)), fold(text), text);
  }
});
