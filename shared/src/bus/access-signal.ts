/** What a signal to a user's edges is called that tells of no event: his access has changed, read it anew. */
export const accessChanged = 'acl';

export const accessChangedSignal: Uint8Array = new TextEncoder().encode(JSON.stringify({ t: accessChanged }));
