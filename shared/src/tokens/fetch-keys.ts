/** Where keys come from. Rejects with whatever was in the way. */
export type FetchKeys = (url: string) => Promise<readonly unknown[]>;

const deadlineMs = 3_000;
const maxBytes = 128 * 1024;
const maxKeys = 50;

/** Follows nobody elsewhere, waits for nobody long, and reads of nobody more than a set of keys may be. */
export const fetchKeys: FetchKeys = async (url) => {
  const signal = AbortSignal.timeout(deadlineMs);
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const { keys } = JSON.parse(await textOf(response)) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new Error('is no set of keys');
  return keys;
};

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
