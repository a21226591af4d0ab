import { createClient } from '../../src/client/node.ts';
import { fileStore } from './file-store.ts';

/** Sends what it is told to and waits for answers until it is killed. */
const [url = '', folder = '', room = '', ...texts] = process.argv.slice(2);
const client = createClient({ url, token: () => 'a-token', store: fileStore(folder) });
await client.connect();
await Promise.all(texts.map((text) => client.room(room).send(text)));
