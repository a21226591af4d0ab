/** What a picture may be: it is made anew before anybody sees it. */
export const pictureTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
export type PictureType = (typeof pictureTypes)[number];

export const isPicture = (type: string): type is PictureType => (pictureTypes as readonly string[]).includes(type);

/** Bytes of a file's beginning that decide what it is: enough for a long comment before what it says. */
export const headBytes = 65_536;

interface Mark {
  readonly type: string;
  readonly at: number;
  readonly bytes: string;
}

const mark = (type: string, bytes: string, at = 0): Mark => ({ type, at, bytes });

/** What stands at the beginning of each; a character for each byte. */
const marks: readonly Mark[] = [
  mark('image/jpeg', '\xff\xd8\xff'),
  mark('image/png', '\x89PNG\r\n\x1a\n'),
  mark('image/gif', 'GIF87a'),
  mark('image/gif', 'GIF89a'),
  mark('application/pdf', '%PDF-'),
  mark('application/zip', 'PK\x03\x04'),
  mark('application/gzip', '\x1f\x8b\x08'),
  mark('audio/mpeg', 'ID3'),
  mark('audio/ogg', 'OggS'),
  mark('audio/flac', 'fLaC'),
  mark('video/webm', '\x1aE\xdf\xa3'),
  mark('video/mp4', 'ftyp', 4),
];

/** Inside a RIFF file. */
const riff: readonly Mark[] = [mark('image/webp', 'WEBP', 8), mark('audio/wav', 'WAVE', 8)];

const unknown = 'application/octet-stream';
const unfitInText = /[^\P{Cc}\t\n\r\f]/u;

/**
 * The media type by content alone: neither the name nor what the client says has a say. `undefined` for SVG, which is a
 * program as much as an image and taken as neither.
 */
export function typeOf(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, headBytes));
  const begins = bytes.toString('latin1');
  const isMarked = ({ bytes: expected, at }: Mark) => begins.startsWith(expected, at);
  const found = marks.find(isMarked) ?? (begins.startsWith('RIFF') ? riff.find(isMarked) : undefined);
  if (found !== undefined) return found.type;
  if (isSvg(bytes)) return undefined;
  return isText(bytes) ? 'text/plain' : unknown;
}

/** By its root element, in whatever of the encodings in which a browser would read it; also where that is not reached. */
function isSvg(bytes: Buffer): boolean {
  const root = rootOf(bytes.toString('latin1').replaceAll('\0', ''));
  return root === undefined || /^<(?:[\w.-]+:)?svg(?:[\s>/]|$)/i.test(root);
}

/** Comments and the like, one behind the other, as far as they end. */
const beforeRoot = /\s*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE\s+(?!svg\b)[^>[]*(?:\[[^\]]*\]\s*)?>)/iy;

/** What stands behind them; `undefined`: one of them has no end in what is there. */
function rootOf(text: string): string | undefined {
  let at = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?/.exec(text)?.[0].length ?? 0;
  beforeRoot.lastIndex = at;
  while (beforeRoot.test(text)) at = beforeRoot.lastIndex;
  const root = text.slice(at).trimStart();
  if (/^<!DOCTYPE\s+svg\b/i.test(root)) return '<svg';
  return /^<(?:\?|!--|!DOCTYPE)/i.test(root) ? undefined : root;
}

/** Markup is no plain text: whoever opens it would run it. */
function isText(bytes: Buffer): boolean {
  // The last code point may be cut.
  const text = new TextDecoder('utf-8').decode(bytes, { stream: true });
  return bytes.length > 0 && !text.includes('\ufffd') && !unfitInText.test(text) && !/^\ufeff?\s*</.test(text);
}
