import type { LinkPreview } from '@gapless/shared/schema';

export type PageSummary = Omit<LinkPreview, 'url'>;

const maxTitle = 200;
const maxText = 300;
const maxSite = 100;
const maxTagLength = 2_000;
const maxTags = 500;

/** What a page says of itself, as plain text within bounds; `undefined` without a title. Never slower than its length. */
export function pageSummary(html: string): PageSummary | undefined {
  const said = metaOf(html);
  const title = clean(said.get('og:title') ?? titleOf(html) ?? '', maxTitle);
  if (title === '') return undefined;
  const text = clean(said.get('og:description') ?? said.get('description') ?? '', maxText);
  const site = clean(said.get('og:site_name') ?? '', maxSite);
  return { title, ...(text === '' ? {} : { text }), ...(site === '' ? {} : { site }) };
}

function metaOf(html: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const tag = /<meta[\s/]/gi;
  for (let n = 0; n < maxTags && tag.test(html); n++) {
    const end = html.indexOf('>', tag.lastIndex);
    if (end === -1) break;
    const fields = attributesOf(html.slice(tag.lastIndex, Math.min(end, tag.lastIndex + maxTagLength)));
    const name = (fields.get('property') ?? fields.get('name'))?.toLowerCase();
    const content = fields.get('content');
    if (name !== undefined && content !== undefined && !found.has(name)) found.set(name, content);
    tag.lastIndex = end;
  }
  return found;
}

const attribute = /(?<![\w:-])([a-z:-]{1,40})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

function attributesOf(tag: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', double, single, bare] of tag.matchAll(attribute)) {
    found.set(name.toLowerCase(), double ?? single ?? bare ?? '');
  }
  return found;
}

function titleOf(html: string): string | undefined {
  const begins = /<title[\s>]/i.exec(html);
  if (begins === null) return undefined;
  const start = html.indexOf('>', begins.index) + 1;
  const rest = html.slice(start, start + maxTagLength);
  const end = rest.search(/<\/title/i);
  return start === 0 || end === -1 ? undefined : rest.slice(0, end);
}

const named: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', hellip: '…', mdash: '—', ndash: '–' },
  ...{ middot: '·', bull: '•', laquo: '«', raquo: '»', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', copy: '©' },
};

const decoded = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(named, name) ? (named[name] as string) : whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '';
  });

/** Steers how text runs, or shows nothing and hides something. The joiner of emoji stays. */
const unseen =
  /[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\p{Cs}\p{Co}]/gu;

function clean(text: string, limit: number): string {
  const plain = decoded(text)
    .replace(unseen, '')
    .replace(/[\s\p{Cc}\p{Z}]+/gu, ' ')
    .trim();
  const points = [...plain];
  return points.length <= limit
    ? plain
    : `${points
        .slice(0, limit - 1)
        .join('')
        .trimEnd()}…`;
}
