import { masked } from '@gapless/shared/bus';
import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import {
  type EditEvent,
  type EventRow,
  eventRowId,
  type MessageEvent,
  type ReactEvent,
  type ReactionRow,
  reactionRowId,
} from '@gapless/shared/schema';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { type MessageStore, shownText } from './message-store.ts';
import { patiently, refusals } from './mongo-patience.ts';
import { changeKinds } from './row.ts';

interface RoomRow {
  readonly _id: string;
  readonly last?: { readonly s: number; readonly text: string; readonly ver: number };
}

type Target = Pick<EventRow, '_id' | 'u' | 'k' | 'raw' | 'del'>;
type Change = EventRow & { readonly m: number };

const unordered = { ordered: false } as const;

export function createMongoFolding(db: Db): Pick<MessageStore, 'fold' | 'prepare'> {
  const events = db.collection<EventRow>('events', decisive);
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const reactions = db.collection<ReactionRow>('reactions', decisive);

  async function targetsOf(changes: readonly Change[]): Promise<ReadonlyMap<string, Target>> {
    const ids = [...new Set(changes.map(({ r, m }) => eventRowId(r, m)))];
    const projection = { u: 1, k: 1, raw: 1, del: 1 } as const;
    const find = () => events.find({ _id: { $in: ids } }, { projection, maxTimeMS }).toArray();
    return new Map((await patiently('reading changed messages', find)).map((row) => [row._id, row as Target]));
  }

  async function foldReactions(changes: readonly Change[]): Promise<Change[]> {
    if (changes.length === 0) return [];
    const updates = changes.map(reactionUpdate);
    return at(changes, await refusals('folding reactions', () => reactions.bulkWrite(updates, unordered)));
  }

  async function foldTexts(changes: readonly Change[], targets: ReadonlyMap<string, Target>): Promise<Change[]> {
    if (changes.length === 0) return [];
    const raws = new Map([...targets.values()].map(({ _id, raw }) => [_id, raw]));
    const updates = changes.map((change) => (change.k === 'edit' ? editUpdate(change) : deletionUpdate(change, raws)));
    return at(changes, await refusals('folding changes', () => events.bulkWrite(updates, unordered)));
  }

  async function maskEdits(deleted: readonly Pick<Change, 'r' | 'm'>[]): Promise<void> {
    if (deleted.length === 0) return;
    const filter = { $or: deleted.map(({ r, m }) => ({ r, m, k: 'edit' })), del: { $exists: false } };
    const edits = await patiently('reading edits', () => events.find(filter, { maxTimeMS }).toArray());
    const updates = edits.map(({ _id, raw }) => ({
      updateOne: { filter: { _id }, update: { $set: { raw: maskedText<EditEvent>(raw), del: true as const } } },
    }));
    if (updates.length > 0) await patiently('masking edits', () => events.bulkWrite(updates, unordered));
  }

  return {
    prepare: () =>
      patiently('indexing reactions', async () => {
        await reactions.createIndex({ r: 1, m: 1, on: 1, e: 1 }, { name: 'of_message' });
      }),
    async fold(rows) {
      const changes = rows.filter(isChange);
      if (changes.length === 0) return { orphans: new Set(), refused: new Set() };
      const targets = await targetsOf(changes);
      const targetOf = ({ r, m }: Change) => targets.get(eventRowId(r, m));
      const orphans = new Set(changes.filter((change) => targetOf(change) === undefined).map(({ s }) => s));
      const sound = changes.filter((change) => targetOf(change)?.k === 'msg');
      const own = sound.filter((change) => change.k === 'edit' && targetOf(change)?.u === change.u);
      const edits = newest(own, ({ r, m }) => eventRowId(r, m));
      const deletions = sound.filter(({ k }) => k === 'del');
      const refusedTexts = await foldTexts([...edits, ...deletions], targets);
      const reacted = sound.filter(({ k }) => k === 'react');
      const refusedReactions = await foldReactions(
        newest(reacted, ({ r, m, u, raw }) => reactionRowId(r, m, u, (JSON.parse(raw) as ReactEvent).e)),
      );
      const gone = own.filter((change) => targetOf(change)?.del === true);
      await maskEdits([...deletions, ...gone]);
      const lasts = [...edits, ...deletions].filter((change) => !refusedTexts.includes(change)).map(lastUpdate);
      if (lasts.length > 0) await patiently('folding last messages', () => rooms.bulkWrite(lasts, unordered));
      return { orphans, refused: new Set([...refusedTexts, ...refusedReactions].map(({ s }) => s)) };
    },
  };
}

/** Of several changes of one thing, the others would leave no trace. */
function newest(changes: readonly Change[], keyOf: (change: Change) => string): Change[] {
  const kept = new Map<string, Change>();
  for (const change of changes) {
    const key = keyOf(change);
    if ((kept.get(key)?.s ?? 0) < change.s) kept.set(key, change);
  }
  return [...kept.values()];
}

const at = (changes: readonly Change[], positions: readonly number[]): Change[] =>
  positions.flatMap((position) => changes[position] ?? []);

const isChange = (row: EventRow): row is Change => changeKinds.has(row.k) && row.m !== undefined;

/** Whatever comes after it, or came before, a deletion stands. */
function editUpdate({ r, m, s, at, raw }: Change): AnyBulkWriteOperation<EventRow> {
  const filter = { _id: eventRowId(r, m), del: { $exists: false }, ver: { $lt: s } };
  return { updateOne: { filter, update: { $set: { cur: textOf(raw), ver: s, ed: at } } } };
}

function deletionUpdate({ r, m, s }: Change, raws: ReadonlyMap<string, string>): AnyBulkWriteOperation<EventRow> {
  const _id = eventRowId(r, m);
  const raw = maskedText<MessageEvent>(raws.get(_id) as string);
  const update = { $set: { raw, del: true as const, ver: s }, $unset: { cur: '' as const } };
  return { updateOne: { filter: { _id, del: { $exists: false } }, update } };
}

function reactionUpdate({ r, m, s, u, raw }: Change): AnyBulkWriteOperation<ReactionRow> {
  const { e, on } = JSON.parse(raw) as ReactEvent;
  const _id = reactionRowId(r, m, u, e);
  const isNewer = { $lt: [{ $ifNull: ['$ver', 0] }, s] };
  const set = { r, m, u, e: { $literal: e }, on: { $cond: [isNewer, on === 1, '$on'] }, ver: { $max: ['$ver', s] } };
  return { updateOne: { filter: { _id }, update: [{ $set: set }], upsert: true } };
}

/** The room's list entry follows when it shows that message. */
function lastUpdate({ r, m, s, k, raw }: Change): AnyBulkWriteOperation<RoomRow> {
  const text = k === 'edit' ? shownText(textOf(raw).text) : '';
  // A deletion outdoes every edit, whichever is written first.
  const ver = k === 'del' ? Number.MAX_SAFE_INTEGER : s;
  const filter = { _id: r, 'last.s': m, $nor: [{ 'last.ver': { $gte: ver } }] };
  return { updateOne: { filter, update: { $set: { 'last.text': text, 'last.ver': ver } } } };
}

const textOf = (raw: string) => ({ text: (JSON.parse(raw) as EditEvent).b.text });

const maskedText = <E extends EditEvent | MessageEvent>(raw: string): string =>
  JSON.stringify(masked(JSON.parse(raw) as E));
