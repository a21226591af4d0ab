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
import { patiently } from './mongo-patience.ts';
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

  async function foldReactions(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    await patiently('folding reactions', () => reactions.bulkWrite(changes.map(reactionUpdate), unordered));
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
      if (changes.length === 0) return { orphans: new Set() };
      const targets = await targetsOf(changes);
      const targetOf = ({ r, m }: Change) => targets.get(eventRowId(r, m));
      const orphans = new Set(changes.filter((change) => targetOf(change) === undefined).map(({ s }) => s));
      const sound = changes.filter((change) => targetOf(change)?.k === 'msg');
      const edits = sound.filter((change) => change.k === 'edit' && targetOf(change)?.u === change.u);
      const deletions = sound.filter(({ k }) => k === 'del');
      const raws = new Map([...targets.values()].map(({ _id, raw }) => [_id, raw]));
      const updates = [...edits.map(editUpdate), ...deletions.map((change) => deletionUpdate(change, raws))];
      if (updates.length > 0) await patiently('folding changes', () => events.bulkWrite(updates, unordered));
      await foldReactions(sound.filter(({ k }) => k === 'react'));
      const gone = edits.filter((change) => targetOf(change)?.del === true);
      await maskEdits([...deletions, ...gone]);
      const lasts = [...edits, ...deletions].map(lastUpdate);
      if (lasts.length > 0) await patiently('folding last messages', () => rooms.bulkWrite(lasts, unordered));
      return { orphans };
    },
  };
}

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
