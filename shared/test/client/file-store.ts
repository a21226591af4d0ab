import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutboxEntry, OutboxStore } from '../../src/client/index.ts';

/** One file an entry; half of one never counts. */
export function fileStore(folder: string): OutboxStore {
  mkdirSync(folder, { recursive: true });
  const path = (clientId: string): string => join(folder, `${clientId}.json`);
  return {
    load: async () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name): OutboxEntry => JSON.parse(readFileSync(join(folder, name), 'utf8'))),
    save: async (entry) => {
      const file = path(entry.request.c);
      writeFileSync(`${file}.new`, JSON.stringify(entry));
      renameSync(`${file}.new`, file);
    },
    remove: async (clientId) => rmSync(path(clientId), { force: true }),
  };
}
