import type { ClientRequest } from './client-request.ts';

export interface SearchOptions {
  /** Only messages of that user. */
  readonly from?: string;
  readonly limit?: number;
}

export interface RoomSearchOptions extends SearchOptions {
  /** Only messages with lower sequences: `next` of the page before. */
  readonly before?: number;
  readonly after?: number;
}

export interface ClientSearchOptions extends SearchOptions {
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** A message that says what is looked for, as it is now. */
export interface SearchHit {
  readonly room: string;
  readonly seq: number;
  readonly user: string;
  readonly nickname: string | undefined;
  /** When it was sent, ms. */
  readonly at: number;
  /** When it was last edited, ms. */
  readonly edited: number | undefined;
  /** Sequence of the message that begins its thread. */
  readonly thread: number | undefined;
  /** What it says around the first place. */
  readonly text: string;
  /** Places in `text`: start and length of each. */
  readonly highlights: readonly (readonly [start: number, length: number])[];
}

/** Newest first; may be shorter than asked for and have a next one. */
export interface SearchPage<Next> {
  readonly hits: readonly SearchHit[];
  /** Where the next page starts; absent: all was looked at. */
  readonly next: Next | undefined;
}

export type RoomsSearchOptions = Pick<ClientSearchOptions, 'limit' | 'cursor'>;

/** A public group, or a room of mine. */
export interface FoundRoom {
  readonly room: string;
  readonly name: string;
  readonly topic: string | undefined;
  readonly members: number;
  /** Mine in it; absent: I am not in. */
  readonly role: string | undefined;
}

/** Newest first; may be shorter than asked for and have a next one. */
export interface FoundRooms {
  readonly rooms: readonly FoundRoom[];
  readonly next: string | undefined;
}

interface RoomItem extends Pick<FoundRoom, 'name' | 'members'> {
  readonly id: string;
  readonly topic?: string;
  readonly role?: string;
}

interface RoomsAnswer {
  readonly res: { readonly items: readonly RoomItem[]; readonly next?: string };
}

interface Item extends Pick<SearchHit, 'room' | 'user' | 'text' | 'highlights'> {
  readonly sequence: number;
  readonly at: string;
  readonly edited?: string;
  readonly nickname?: string;
  readonly thread?: number;
}

type Ask = (request: ClientRequest) => Promise<unknown>;

export const searchRoom = (ask: Ask, room: string, q: string, options: RoomSearchOptions = {}) =>
  pageOf<number>(ask({ t: 'call', m: 'messages.search', p: { room, q, ...options } }));

export const searchMyRooms = (ask: Ask, q: string, options: ClientSearchOptions = {}) =>
  pageOf<string>(ask({ t: 'call', m: 'search.messages', p: { q, ...options } }));

export async function searchRooms(ask: Ask, q: string, options: RoomsSearchOptions = {}): Promise<FoundRooms> {
  const { res } = (await ask({ t: 'call', m: 'search.rooms', p: { q, ...options } })) as RoomsAnswer;
  return { rooms: res.items.map(toRoom), next: res.next };
}

async function pageOf<Next>(asked: Promise<unknown>): Promise<SearchPage<Next>> {
  const { res } = (await asked) as { readonly res: { readonly items: readonly Item[]; readonly next?: Next } };
  return { hits: res.items.map(toHit), next: res.next };
}

const toRoom = ({ id: room, name, topic, members, role }: RoomItem): FoundRoom => ({
  room,
  name,
  topic,
  members,
  role,
});

const toHit = ({ room, sequence, user, nickname, at, edited, thread, text, highlights }: Item): SearchHit => ({
  ...{ room, seq: sequence, user, nickname, at: Date.parse(at), thread, text, highlights },
  edited: edited === undefined ? undefined : Date.parse(edited),
});
