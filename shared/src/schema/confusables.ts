/**
 * What one character may be mistaken for, of the scripts that nicknames may be written in: the shown form → those that look
 * like it. After Unicode's table of confusables, shortened to what can stand in a nickname.
 */
const lookalikes: Readonly<Record<string, string>> = {
  // Latin against Cyrillic, Greek, Armenian and itself, as capitals look.
  A: 'АΑᴀ',
  B: 'ВΒʙ',
  C: 'СᴄϹ',
  D: 'ᴅ',
  E: 'ЕΕᴇ',
  F: 'ꜰϜ',
  G: 'ɢԌ',
  H: 'НΗʜ',
  J: 'ЈᴊͿ',
  K: 'КΚᴋ',
  L: 'ʟԼ',
  M: 'МΜᴍ',
  N: 'Νɴ',
  O: 'ОΟՕᴏ0',
  P: 'РΡᴘ',
  Q: 'Ԛ',
  R: 'ʀ',
  S: 'ЅՏꜱ',
  T: 'ТΤᴛ',
  U: 'Սᴜ',
  V: 'Ѵᴠ',
  W: 'Ԝᴡ',
  X: 'ХΧ',
  Y: 'УΥҮʏ',
  Z: 'Ζᴢ',
  // As small letters look.
  a: 'аαɑ',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еҽ',
  f: 'ƒք',
  g: 'ɡց',
  h: 'һհ',
  i: 'іιıɪɩ',
  j: 'јϳյȷ',
  k: 'кκ',
  l: 'I1ІΙӀӏǀㅣ',
  n: 'ոηп',
  o: 'оοσօㅇ',
  p: 'рρ',
  q: 'ԛզ',
  r: 'гᴦ',
  s: 'ѕ',
  u: 'υսʋ',
  v: 'νѵ',
  w: 'ԝѡω',
  x: 'хχ',
  y: 'уγү',
  ß: 'β',
  ə: 'әǝ',
  '3': 'ЗӠʒз',
  '6': 'б',
  // Chinese characters against kana and Korean letters.
  一: 'ーㅡ',
  二: 'ニ',
  八: 'ハ',
  力: 'カ',
  卜: 'ト',
  口: 'ロㅁ囗',
  夕: 'タ',
  工: 'エㅗ',
  人: 'ㅅ',
  日: '曰',
  へ: 'ヘ',
  べ: 'ベ',
  ぺ: 'ペ',
};

const shown = new Map<string, string>(
  Object.entries(lookalikes).flatMap(([form, others]) => [...others].map((other) => [other, form] as const)),
);

const mapped = (text: string): string => [...text].map((char) => shown.get(char) ?? char).join('');

/** Letters that two others side by side look like. */
const pairs = [
  ['m', 'rn'],
  ['w', 'vv'],
] as const;

/** The same for texts that people cannot tell apart at a glance. For comparing only: it means nothing to read. */
export function lookOf(text: string): string {
  // A capital looks like other letters than its small form does: as it stands first, then without case.
  const small = mapped(mapped(text).toLowerCase());
  return pairs.reduce((look, [letter, pair]) => look.replaceAll(letter, pair), small).normalize('NFC');
}
