const maxCodePoints = 120;
/** Control characters, halves of code points, and what steers the direction of text or cannot be seen. */
const unfit = /[\p{Cc}\p{Cs}\p{Cf}\u2028\u2029\ufeff]/gu;
const nameless = 'file';

/** A name to show: the last part of a path, without anything that could deceive or harm whoever shows or saves it. */
export function readFileName(given: string | undefined): string {
  const part = (given ?? '').normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = part
    .replace(unfit, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/gu, ' ')
    .replace(/^[\s.]+|[\s.]+$/gu, '');
  const name = shortened(clean);
  return name === '' ? nameless : name;
}

/** The beginning goes, and the extension stays as far as it is one. */
function shortened(name: string): string {
  const points = [...name];
  if (points.length <= maxCodePoints) return name;
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return `${points.slice(0, maxCodePoints - extension.length).join('')}${extension}`;
}

const extensions: Readonly<Record<string, readonly string[]>> = {
  'image/jpeg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/gif': ['gif'],
  'image/webp': ['webp'],
};

/** An image is saved as what it is, whatever it was called. */
export function nameFor(type: string, name: string): string {
  const [usual, ...others] = extensions[type] ?? [];
  if (usual === undefined) return name;
  const isFitting = [usual, ...others].some((extension) => name.toLowerCase().endsWith(`.${extension}`));
  return isFitting ? name : shortened(`${name}.${usual}`);
}
