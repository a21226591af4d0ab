import type { OutboxEntry, OutboxStore } from '../../src/client/index.ts';
import { type FakeEdge, type Frame, ok } from './fake-edge.ts';

/** Stores what it is sent, each client id once; answers as an edge does. */
export function storing(edge: FakeEdge): Frame[] {
  const log: Frame[] = [];
  const answer = (frame: Frame): Frame => {
    const at = log.findIndex(({ c }) => c === frame['c']);
    if (at >= 0) return ok(frame, { s: at + 1, at: 1, dup: 1 });
    return ok(frame, { s: log.push(frame), at: 1 });
  };
  for (const op of ['send', 'edit', 'del', 'react']) edge.script[op] = answer;
  return log;
}
export const textsOf = (frames: readonly Frame[]): string[] => frames.map(({ b }) => (b as { text: string }).text);

/** Survives whoever uses it. */
export function mapStore(): OutboxStore & { readonly held: Map<string, OutboxEntry> } {
  const held = new Map<string, OutboxEntry>();
  return {
    held,
    // Backwards: order is not the store's business.
    load: async () => [...held.values()].reverse().map((entry) => JSON.parse(JSON.stringify(entry))),
    save: async (entry) => void held.set(entry.request.c, entry),
    remove: async (clientId) => void held.delete(clientId),
  };
}
