const inType = /;\s*charset=["']?([\w-]{1,40})/i;
const inPage = /<meta[^>]{0,200}?charset=["']?([\w-]{1,40})/i;
/** Where a page must say how it is encoded. */
const prescanBytes = 1024;

/** A page's text, by the encoding that it or its server names, else UTF-8. */
export function pageText(bytes: Uint8Array, contentType: string): string {
  const beginning = new TextDecoder('latin1').decode(bytes.subarray(0, prescanBytes));
  const label = inType.exec(contentType)?.[1] ?? inPage.exec(beginning)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label).decode(bytes);
  } catch (error) {
    // A label that nobody knows.
    if (error instanceof RangeError) return new TextDecoder().decode(bytes);
    throw error;
  }
}
