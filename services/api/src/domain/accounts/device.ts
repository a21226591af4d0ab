const longest = 100;

/** What a client calls itself, or its device, as far as it can be shown in a list: one line, bounded, nothing hidden in it. */
export function deviceName(text: string | undefined): string | undefined {
  const line = (text ?? '')
    .slice(0, 8 * longest)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ');
  const name = [...line.normalize('NFC').trim()].slice(0, longest).join('').trim();
  return name === '' ? undefined : name;
}
