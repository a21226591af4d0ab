import t from 'tap';
import { firstLink } from '../../src/first-link.ts';
import { pageSummary } from '../../src/previews/page-summary.ts';

t.test('a page says what it is by its cards, else by its title', async (t) => {
  const cards =
    '<meta property="og:title" content="Card &amp; title"><META content=\'Some text\' name=description>' +
    '<meta property=og:site_name content=Site><meta property="og:title" content="second"><title>T</title>';
  t.same(pageSummary(cards), { title: 'Card & title', text: 'Some text', site: 'Site' });
  t.same(pageSummary('<TITLE lang="en">\n Only\ta title </TITLE>'), { title: 'Only a title' });
  for (const html of [
    '',
    '<p>text',
    '<title>',
    '<title> </title>',
    '<title>open',
    '<meta property="og:title"',
    '<title',
  ]) {
    t.equal(pageSummary(html), undefined, html);
  }
});

t.test('it is plain text within bounds, whatever the page tries', async (t) => {
  const titled = (text: string) => pageSummary(`<meta property="og:title" content="${text}">`)?.title;
  t.equal(
    titled('&lt;script&gt;alert(1)&lt;/script&gt; &#x41;&#66;&unknown;'),
    '<script>alert(1)</script> AB&unknown;',
  );
  t.equal(titled('a\u202eb\u200bc\u0007d\u2028e\ufeff'), 'abc d e');
  t.equal(titled('&#x202e;x&#0;y&#xD800;z&#x110000;'), 'x yz');
  t.equal(titled('👨‍👩‍👧 한글'), '👨‍👩‍👧 한글');
  t.equal([...(titled('가'.repeat(1_000)) ?? '')].length, 200);
  const long = pageSummary(`<title>t</title><meta name="description" content="${'x'.repeat(1_500)}">`);
  t.equal(long?.text?.length, 300);
});

t.test('hostile pages cost no more than their length', async (t) => {
  for (const piece of [
    '<meta ',
    '<meta a=',
    '<title',
    '<title>',
    '<meta/a ',
    'a ',
    'a=',
    '&',
    '&#',
    '"',
    `<meta ${'a'.repeat(1_990)}>`,
  ]) {
    const html = piece.repeat(Math.ceil((256 * 1024) / piece.length));
    t.equal(pageSummary(html), undefined, piece.slice(0, 12));
  }
});

for (const [text, link] of [
  ['see https://example.org/a?b=c#d.', 'https://example.org/a?b=c#d'],
  ['(HTTP://Example.org)', 'http://example.org/'],
  ['https://a.test, https://b.test', 'https://a.test/'],
  ['링크는https://example.org/한글 입니다', 'https://example.org/%ED%95%9C%EA%B8%80'],
  ['<https://example.org/x>', 'https://example.org/x'],
  ['nothing', undefined],
  ['ftp://example.org', undefined],
  ['javascript://example.org/%0aalert(1)', undefined],
  ['https://user:password@example.org', undefined],
  ['https://user@example.org', undefined],
  ['https://', undefined],
  ['https://[', undefined],
  ['xhttps://example.org', undefined],
] as const) {
  t.test(`the first link of ${JSON.stringify(text)} is ${link}`, async (t) => {
    t.equal(firstLink(text), link);
  });
}
