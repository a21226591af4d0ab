const plain = /[^\x20-\x7e]|["\\%]/g;
/** `encodeURIComponent` leaves these, and RFC 8187 does not. */
const left = /['()*]/g;

/** How a file is saved or shown, under its name (RFC 6266): in ASCII for old programs, and as it is. */
export function dispositionOf(how: 'inline' | 'attachment', name: string): string {
  const escaped = encodeURIComponent(name).replace(left, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${how}; filename="${name.replace(plain, '_')}"; filename*=UTF-8''${escaped}`;
}
