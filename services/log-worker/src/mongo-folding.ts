import { masked } from '@gapless/shared/bus';
import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import {
  type EditEvent,
  type EventRow,
  eventRowId,
  type LinkEvent,
  type MessageBody,
  type MessageEvent,
  shownText,
} from '@gapless/shared/schema';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { readBody } from './body.ts';
import { type Change, changesAt, isChange, newest } from './change.ts';
import { firstLink } from './first-link.ts';
import type { MessageStore } from './message-store.ts';
import { patiently, refusals } from './mongo-patience.ts';
import { createMongoPins } from './mongo-pins.ts';
import { createMongoReactions } from './mongo-reactions.ts';
import { createMongoThreads } from './mongo-threads.ts';

interface RoomRow {
  readonly _id: string;
  readonly last?: { readonly s: number; readonly text: string; readonly files?: number; readonly ver: number };
}

type Target = Pick<EventRow, '_id' | 'u' | 'k' | 'raw' | 'del' | 'th'>;

const unordered = { ordered: false } as const;

export function createMongoFolding(db: Db): Pick<MessageStore, 'fold' | 'prepare'> {
  const events = db.collection<EventRow>('events', decisive);
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const reactions = createMongoReactions(db);
  const pins = createMongoPins(db);
  const threads = createMongoThreads(db);

  async function targetsOf(changes: readonly Change[]): Promise<ReadonlyMap<string, Target>> {
    if (changes.length === 0) return new Map();
    const ids = [...new Set(changes.map(({ r, m }) => eventRowId(r, m)))];
    const projection = { u: 1, k: 1, raw: 1, del: 1, th: 1 } as const;
    const find = () => events.find({ _id: { $in: ids } }, { projection, maxTimeMS }).toArray();
    return new Map((await patiently('reading changed messages', find)).map((row) => [row._id, row as Target]));
  }

  async function foldTexts(changes: readonly Change[], targets: ReadonlyMap<string, Target>): Promise<Change[]> {
    if (changes.length === 0) return [];
    const raws = new Map([...targets.values()].map(({ _id, raw }) => [_id, raw]));
    const updates = changes.map((change) => (change.k === 'edit' ? editUpdate(change) : deletionUpdate(change, raws)));
    return changesAt(changes, await refusals('folding changes', () => events.bulkWrite(updates, unordered)));
  }

  /** A preview belongs to a text: to the one that is there now, or to none. */
  async function foldLinks(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const ids = changes.map(({ r, m }) => eventRowId(r, m));
    const projection = { cur: 1, ver: 1 } as const;
    const find = () => events.find({ _id: { $in: ids } }, { projection, maxTimeMS }).toArray();
    const rows = new Map((await patiently('reading linking messages', find)).map((row) => [row._id, row]));
    const updates = newest(changes, ({ r, m }) => eventRowId(r, m)).flatMap((change) => {
      const row = rows.get(eventRowId(change.r, change.m));
      return row === undefined ? [] : linkUpdate(change, row);
    });
    if (updates.length > 0) await refusals('folding links', () => events.bulkWrite(updates, unordered));
  }

  async function maskMore(deleted: readonly Pick<Change, 'r' | 'm'>[]): Promise<void> {
    if (deleted.length === 0) return;
    const kinds = { $in: ['edit', 'link'] };
    const filter = { $or: deleted.map(({ r, m }) => ({ r, m, k: kinds })), del: { $exists: false } };
    const found = await patiently('reading edits', () => events.find(filter, { maxTimeMS }).toArray());
    const updates = found.map(({ _id, raw }) => ({
      updateOne: { filter: { _id }, update: { $set: { raw: maskedText<EditEvent>(raw), del: true as const } } },
    }));
    if (updates.length > 0) await patiently('masking edits', () => events.bulkWrite(updates, unordered));
  }

  return {
    prepare: async () => void (await Promise.all([reactions, pins, threads].map((part) => part.prepare()))),
    async fold(rows) {
      const changes = rows.filter(isChange);
      const targets = await targetsOf(changes);
      const targetOf = ({ r, m }: Change) => targets.get(eventRowId(r, m));
      const orphans = new Set(changes.filter((change) => targetOf(change) === undefined).map(({ s }) => s));
      const sound = changes.filter((change) => targetOf(change)?.k === 'msg');
      const ofKind = (kind: string) => sound.filter(({ k }) => k === kind);
      const own = ofKind('edit').filter((change) => targetOf(change)?.u === change.u);
      const edits = newest(own, ({ r, m }) => eventRowId(r, m));
      const deletions = ofKind('del');
      const refusedTexts = await foldTexts([...edits, ...deletions], targets);
      const refusedReactions = await reactions.fold(ofKind('react'));
      await pins.fold(ofKind('pin'));
      await pins.drop(deletions.map(({ r, m }) => eventRowId(r, m)));
      await foldLinks(ofKind('link'));
      const late = [...own, ...ofKind('link')].filter((change) => targetOf(change)?.del === true);
      await maskMore([...deletions, ...late]);
      await threads.fold(touchedThreads(rows, deletions, targetOf));
      const lasts = [...edits, ...deletions].filter((change) => !refusedTexts.includes(change)).map(lastUpdate);
      if (lasts.length > 0) await patiently('folding last messages', () => rooms.bulkWrite(lasts, unordered));
      return { orphans, refused: new Set([...refusedTexts, ...refusedReactions].map(({ s }) => s)) };
    },
  };
}

/** Threads whose replies came or went, each with the newest sequence of its room among the rows. */
function touchedThreads(
  rows: readonly EventRow[],
  deletions: readonly Change[],
  targetOf: (change: Change) => Target | undefined,
): ReadonlyMap<string, number> {
  const touched = new Map<string, string>();
  for (const { r, th } of rows) if (th !== undefined) touched.set(th, r);
  for (const deletion of deletions) {
    const th = targetOf(deletion)?.th;
    if (th !== undefined) touched.set(th, deletion.r);
  }
  if (touched.size === 0) return new Map();
  const ends = new Map<string, number>();
  for (const { r, s } of rows) ends.set(r, Math.max(ends.get(r) ?? 0, s));
  return new Map([...touched].map(([th, r]) => [th, ends.get(r) as number]));
}

/** Whatever comes after it, or came before, a deletion stands. */
function editUpdate({ r, m, s, at, raw }: Change): AnyBulkWriteOperation<EventRow> {
  const body = bodyOf(raw);
  const filter = { _id: eventRowId(r, m), del: { $exists: false }, ver: { $lt: s } };
  const isSameLink = { $eq: ['$link.url', { $literal: firstLink(body.text) ?? '' }] };
  const link = { $cond: [isSameLink, '$link', '$$REMOVE'] };
  return { updateOne: { filter, update: [{ $set: { cur: { $literal: body }, ver: s, ed: at, link } }] } };
}

function deletionUpdate({ r, m, s }: Change, raws: ReadonlyMap<string, string>): AnyBulkWriteOperation<EventRow> {
  const _id = eventRowId(r, m);
  const raw = maskedText<MessageEvent>(raws.get(_id) as string);
  const gone = { cur: '', link: '', men: '', mall: '', menv: '' } as const;
  const update = { $set: { raw, del: true as const, ver: s }, $unset: gone };
  return { updateOne: { filter: { _id, del: { $exists: false } }, update } };
}

function linkUpdate({ raw }: Change, { _id, cur, ver }: Pick<EventRow, '_id' | 'cur' | 'ver'>) {
  const { url, title, text, site } = (JSON.parse(raw) as LinkEvent).l;
  if (cur === undefined || firstLink(cur.text) !== url) return [];
  const more = { ...(typeof text === 'string' ? { text } : {}), ...(typeof site === 'string' ? { site } : {}) };
  return [{ updateOne: { filter: { _id, ver }, update: { $set: { link: { url, title, ...more } } } } }];
}

/** The room's list entry follows when it shows that message. */
function lastUpdate({ r, m, s, k, raw }: Change): AnyBulkWriteOperation<RoomRow> {
  const { text, files = [] } = k === 'edit' ? bodyOf(raw) : { text: '' };
  // A deletion outdoes every edit, whichever is written first.
  const ver = k === 'del' ? Number.MAX_SAFE_INTEGER : s;
  const filter = { _id: r, 'last.s': m, $nor: [{ 'last.ver': { $gte: ver } }] };
  const said = { 'last.text': shownText(text), 'last.ver': ver };
  const update =
    files.length > 0
      ? { $set: { ...said, 'last.files': files.length } }
      : { $set: said, $unset: { 'last.files': '' as const } };
  return { updateOne: { filter, update } };
}

const bodyOf = (raw: string) => readBody((JSON.parse(raw) as EditEvent).b) as MessageBody;

const maskedText = <E extends EditEvent | MessageEvent>(raw: string): string =>
  JSON.stringify(masked(JSON.parse(raw) as E));
