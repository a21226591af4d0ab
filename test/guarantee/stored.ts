import type { MongoClient } from 'mongodb';
import type { StoredRow, StoredState } from './evidence.ts';

/** What MongoDB says of a room, read past all of Gapless. */

interface EventRow {
  readonly r: string;
  readonly s: number;
  readonly u: string;
  readonly k: string;
  readonly c?: string;
  readonly dc?: string;
  readonly op?: string;
  readonly dop?: string;
  readonly raw: string;
  readonly cur?: { readonly text: string };
  readonly del?: true;
  readonly dupOf?: number;
}

export async function storedRows(client: MongoClient, room: string): Promise<StoredRow[]> {
  const rows = await client.db('gapless').collection<EventRow>('events').find({ r: room }).sort({ _id: 1 }).toArray();
  return rows.map(({ s, u, k, c, dc, op, dop, raw, cur, del, dupOf }) => {
    const [clientId, opId] = [c ?? dc, op ?? dop];
    const event = JSON.parse(raw) as { b?: { text: string }; re?: number };
    const text = cur?.text ?? event.b?.text;
    return {
      ...{ room, s, u, k, raw },
      ...(clientId !== undefined && { c: clientId }),
      ...(opId !== undefined && { op: opId }),
      ...(text !== undefined && { text }),
      ...(event.re !== undefined && { re: event.re }),
      ...(del === true && { deleted: true as const }),
      ...(dupOf !== undefined && { duplicate: true as const }),
    };
  });
}

interface MemberRow {
  readonly r: string;
  readonly u: string;
  readonly role: string;
  readonly out: boolean;
}

interface ReactionRow {
  readonly r: string;
  readonly m: number;
  readonly u: string;
  readonly e: string;
  readonly on: boolean;
}

interface RoomRow {
  readonly _id: string;
  readonly members: number;
}

export async function storedState(client: MongoClient, room: string): Promise<StoredState> {
  const db = client.db('gapless');
  const members = await db.collection<MemberRow>('members').find({ r: room, out: false }).toArray();
  const reactions = await db.collection<ReactionRow>('reactions').find({ r: room, on: true }).toArray();
  const row = await db.collection<RoomRow>('rooms').findOne({ _id: room });
  return {
    members: Object.fromEntries(members.map(({ u, role }) => [u, role])),
    memberCount: row?.members ?? 0,
    reactions: reactions.map(({ m, u, e }) => ({ m, u, e })),
  };
}
