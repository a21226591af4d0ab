import type { RequestOf } from './client-request.ts';

/** What changes a room, and carries a client id: repeating it is always safe. */
export type OutboxRequest = RequestOf<'send' | 'edit' | 'del' | 'react'>;

/** Something on its way into a room. Plain JSON. */
export interface OutboxEntry {
  /** Rises with every entry, over reloads too: the order of a room. */
  readonly n: number;
  readonly request: OutboxRequest;
}

/**
 * Where the outbox outlives a reload: a file, IndexedDB, a map. One a user. An entry is saved before it is sent for the first
 * time, and removed when its fate is known; should that be lost, it is sent once more, under the same id.
 */
export interface OutboxStore {
  /** All that is there, in any order. */
  load(): Promise<readonly OutboxEntry[]>;
  /** `entry.request.c` is its key. */
  save(entry: OutboxEntry): Promise<void>;
  remove(clientId: string): Promise<void>;
}
