const link = /(?<![a-z\d])https?:\/\/[^\s<>"'`\\^{}|]{1,2000}/iu;
/** What ends a sentence, or a bracket around the link, is not part of it. */
const tail = /[.,;:!?)\]}>*_~'"。、，！？」』）]+$/u;

/** The first link of a text that a preview may be made of, in its one spelling: http or https, without credentials. */
export function firstLink(text: string): string | undefined {
  if (!text.includes('://')) return undefined;
  const found = link.exec(text)?.[0].replace(tail, '');
  if (found === undefined || !URL.canParse(found)) return undefined;
  const url = new URL(found);
  return url.username === '' && url.password === '' && url.hostname !== '' ? url.href : undefined;
}
