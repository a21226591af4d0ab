import { sleep } from '@gapless/shared/runtime';
import type { Person } from '../actors/person.ts';
import type { Frame } from '../actors/socket.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Deed, Showing } from './evidence.ts';
import { Outbox } from './outbox.ts';
import type { Random } from './random.ts';
import { RoomView } from './room-view.ts';
import { departures, entries } from './stays.ts';

export interface MemberOptions {
  readonly name: string;
  readonly person: Person;
  /** Edges, any of which may be dead. */
  readonly urls: readonly string[];
  readonly rooms: readonly string[];
  readonly random: Random;
  readonly saw?: (event: Frame & { r: string; s: number }) => void;
}

type EventFrame = Frame & { readonly r: string; readonly s: number; readonly p: number };

const greetMs = 8_000;
const pauseMs = { least: 50, most: 400 };
const lookMs = 300;
const pageMs = 3_000;
const pageSize = 50;

/**
 * One device of a member: a raw client that keeps the protocol's rules for clients, remembers everything, and comes back to
 * an edge picked by chance, with its cursors, as often as it is cut off.
 */
export class Member {
  readonly name: string;
  readonly person: Person;
  readonly outbox: Outbox;
  /** Connections it has had. */
  connections = 0;
  readonly #options: MemberOptions;
  readonly #views: ReadonlyMap<string, RoomView>;
  readonly #stopped = new AbortController();
  /** Rooms that its user left for now. */
  readonly #away = new Set<string>();
  readonly #replies = new Map<number, (frame: Frame) => void>();
  /** Rooms that it asked to join and has no answer for, each with the cursor that it gave, and when. */
  readonly #joining = new Map<string, { readonly since: number | undefined; readonly at: number }>();
  #connection: Connection | undefined;
  #next = 0;
  #paging = 0;
  /** Before the next connection. */
  #pauseMs = 0;
  #pause = new AbortController();
  #gen: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: MemberOptions) {
    const { name, person, rooms, random } = options;
    this.name = name;
    this.person = person;
    this.#options = options;
    this.#views = new Map(rooms.map((id) => [id, new RoomView(id)]));
    this.outbox = new Outbox({ user: person.id, random: random.branch() });
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#pause.abort();
    this.#connection?.end();
    await this.#running;
  }

  /** Is without a connection for that long, or until it is told to come back. */
  stayAway(ms: number): void {
    this.#pauseMs = ms;
    this.#connection?.end();
  }

  /** Is neither away nor slow any more. */
  comeBack(): void {
    this.#pause.abort();
    this.#connection?.read();
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Every room is live, and nothing is left to page. */
  get whole(): boolean {
    return this.#paging === 0 && [...this.#views.values()].every(({ live, behind }) => live && behind === undefined);
  }

  get framesSeen(): number {
    return [...this.#views.values()].reduce((sum, { shown }) => sum + shown, 0);
  }

  cursor(room: string): number {
    return this.#views.get(room)?.cursor ?? -1;
  }

  /** Its user leaves a room over REST: from now on it expects nothing of it. */
  left(room: string): void {
    this.#away.add(room);
  }

  /** Its user is back in it. Where it was not told of the leaving, only another connection makes clear what it will get. */
  returned(room: string): void {
    this.#away.delete(room);
    if (this.#view(room).live) this.#connection?.end();
  }

  isIn(room: string): boolean {
    return !this.#away.has(room);
  }

  deeds(): Deed[] {
    return this.outbox.deeds(this.name);
  }

  showings(): Showing[] {
    return [...this.#views.values()].map((view) => view.showing(this.name, this.person.id));
  }

  async #run(): Promise<void> {
    const { urls, random } = this.#options;
    const looking = setInterval(() => this.#rejoin(), lookMs);
    while (!this.#stopped.signal.aborted) {
      await this.#stay(random.pick(urls));
      this.#pause = new AbortController();
      await sleep(Math.max(this.#pauseMs, random.between(pauseMs.least, pauseMs.most)), this.#pause.signal);
      this.#pauseMs = 0;
    }
    clearInterval(looking);
  }

  /** One connection, from its first moment to its last. */
  async #stay(url: string): Promise<void> {
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const frame = (received: Frame): void => this.#take(received);
    const connection = await openConnection(url, { frame, ended: () => ended() }).catch(() => undefined);
    if (connection === undefined) return;
    this.#connection = connection;
    if (this.#stopped.signal.aborted) connection.end();
    else void this.#greet(connection);
    await end;
    this.#connection = undefined;
    this.outbox.disconnected();
    for (const view of this.#views.values()) view.disconnected();
    for (const reply of this.#replies.values()) reply({ t: 'closed' });
    this.#replies.clear();
  }

  async #greet(connection: Connection): Promise<void> {
    const since: Record<string, number> = {};
    for (const view of this.#views.values()) {
      if (view.cursor === undefined) continue;
      since[view.room] = view.cursor;
      view.asked(Date.now(), { standing: false });
    }
    const gen = this.#gen === undefined ? {} : { gen: this.#gen };
    const hi = await this.#request({ t: 'hello', tok: this.person.token, since, ...gen }, greetMs);
    if (hi.t !== 'hi') return connection.end();
    this.connections++;
    this.#gen = String(hi['gen']);
    if (connection === this.#connection) this.outbox.connected(connection);
  }

  /**
   * Rooms that were ended and should be live, since the edge may not have known of the membership yet; and those of which
   * only pages came, which have messages and no other events: they are replayed stretch by stretch.
   */
  #rejoin(): void {
    if (!this.outbox.isConnected) return;
    for (const view of this.#views.values()) {
      if (this.#away.has(view.room) || this.#joining.has(view.room)) continue;
      if (view.stopped) void this.#rejoinOne(view);
      else if (view.live && view.behind !== undefined) void this.#catchUp(view, view.behind);
    }
  }

  async #catchUp(view: RoomView, since: number): Promise<void> {
    view.rewound(Date.now());
    const answer = await this.#join(view, since);
    // An edge that takes its user for gone answers as well, with `removed`: what he lacks he asks for when he is back.
    if (answer !== 'ok' || view.stopped) view.lacks(since);
  }

  async #rejoinOne(view: RoomView): Promise<void> {
    const { cursor } = view;
    view.asked(Date.now(), { standing: true });
    await this.#join(view, cursor);
  }

  async #join(view: RoomView, cursor: number | undefined): Promise<string> {
    const { room } = view;
    this.#joining.set(room, { since: cursor, at: Date.now() });
    const since = cursor === undefined ? {} : { since: { [room]: cursor } };
    const { t } = await this.#request({ t: 'join', rs: [room], ...since }, greetMs);
    this.#joining.delete(room);
    if (t === 'ok') view.joined();
    if (t === 'err') view.ended();
    if (t === 'silence') this.#connection?.end();
    return t;
  }

  #request(frame: Record<string, unknown>, deadlineMs: number): Promise<Frame> {
    const i = ++this.#next;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ t: 'silence' }), deadlineMs);
      this.#replies.set(i, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      if (this.#connection === undefined) this.#reply(i, { t: 'closed' });
      else this.#connection.send({ ...frame, i });
    });
  }

  #reply(i: number, frame: Frame): void {
    const reply = this.#replies.get(i);
    this.#replies.delete(i);
    reply?.(frame);
  }

  #take(frame: Frame): void {
    const { i, r } = frame as { i?: number; r?: string };
    if (i !== undefined && (this.outbox.take(frame) || this.#replies.has(i))) return this.#reply(i, frame);
    if (frame.t === 'bye') this.#pauseMs = frame['after'] as number;
    const view = r === undefined ? undefined : this.#views.get(r);
    if (view === undefined) return;
    if ('p' in frame) this.#takeEvent(view, frame as EventFrame);
    else if (frame.t === 'live') this.#becameLive(view, frame['s'] as number);
    else if (frame.t === 'lag') this.#takeLag(view, frame['from'] as number, frame['to'] as number);
    else if (frame.t === 'removed') view.ended();
  }

  /** The edge may have put its user into the room of itself: then what was asked for is still to come. */
  #becameLive(view: RoomView, s: number): void {
    view.becameLive(s);
    const joining = this.#joining.get(view.room);
    if (joining !== undefined) view.asked(joining.at, { standing: true, since: joining.since });
  }

  #takeEvent(view: RoomView, event: EventFrame): void {
    const { t, op = '', us } = event as EventFrame & { op?: string; us?: readonly string[] };
    const isMine = t === 'mem' && us?.includes(this.person.id) === true;
    // Who becomes a member is put into the room by the edge, which knows nothing of the cursor of a stay before.
    const known = view.cursor ?? event.p;
    if (isMine && entries.has(op) && event.p > known) void this.#page(view, known + 1, event.p);
    view.event(event);
    this.#options.saw?.(event);
    if (isMine && departures.has(op) && view.live) view.ended();
  }

  /** Who is put into a room by the edge may have come less far than where the range begins. */
  #takeLag(view: RoomView, from: number, to: number): void {
    void this.#page(view, Math.min(from, (view.cursor ?? from) + 1), to);
  }

  /** Pages what is not sent, over whatever connection there is, until it has all of it. */
  async #page(view: RoomView, from: number, to: number): Promise<void> {
    const { paged } = view.lag(from, to);
    this.#paging++;
    for (let after: number | undefined = from - 1; after !== undefined && after < to; ) {
      const page = await this.#request({ t: 'hist', r: view.room, after, n: pageSize }, pageMs);
      if (this.#stopped.signal.aborted) return;
      if (page.t !== 'hist') {
        await sleep(pauseMs.most);
        continue;
      }
      const { ev, next } = page as unknown as { ev: readonly { s: number }[]; next?: number };
      paged.push(...ev.map(({ s }) => s).filter((s) => s <= to));
      after = next;
    }
    this.#paging--;
  }

  #view(room: string): RoomView {
    const view = this.#views.get(room);
    if (view === undefined) throw new TypeError(`not a room of ${this.name}`);
    return view;
  }
}
