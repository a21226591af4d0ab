import { performance } from 'node:perf_hooks';
import { type RoomLog, streamOf } from '../bus/index.ts';
import type { Settings } from '../config/index.ts';
import { Failure } from '../errors/index.ts';
import { type Logger, sleep } from '../runtime/index.ts';
import {
  entersRoom,
  type InboxEvent,
  newId,
  type OpId,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '../schema/index.ts';
import type { AccessProjection } from './access-projection.ts';
import type { FlagProjection } from './flag-projection.ts';
import { levelTriggered } from './level-trigger.ts';
import { type Memberships, type Outbox, type Persisted, roomOfRow, type WaitingRow } from './outbox.ts';
import { type RoomLease, takeRoomLease } from './room-lease.ts';

/**
 * Carries changes of state out of the outbox: into the room's log, then into the access entries of those concerned. Each op
 * is in the log once, in version order, whoever crashes wherever; every step may be repeated.
 */
export interface Dispatcher {
  /**
   * Carries out what waits for that room. Resolves when nothing waits, or at once when another dispatcher is at it.
   * Rejects with a `Failure` when it could not; the rows stay and the relay takes them up.
   */
  dispatch(room: RoomId): Promise<void>;
  /** Whether that row was carried out within the time, by whomever. */
  settled(op: OpId, deadlineMs: number): Promise<boolean>;
}

export interface DispatcherDeps {
  readonly log: Pick<RoomLog, 'append' | 'read' | 'readRoom'>;
  readonly outbox: Outbox;
  readonly memberships: Pick<Memberships, 'landed' | 'endAll' | 'endedBy'>;
  readonly persisted: Persisted;
  readonly access: Pick<AccessProjection, 'projectAll'>;
  /** Tells edges of access that changed without an event; the word may be lost. */
  readonly accessChanged: (user: UserId) => void;
  readonly flags: Pick<FlagProjection, 'project'>;
  readonly settings: Settings<'duplicateWindowMs' | 'roomStreams'>;
  readonly logger: Logger;
}

const rowsAtOnce = 50;
const eventsAPage = 500;
const appendAttempts = 5;
const encoder = new TextEncoder();

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { log, outbox, memberships, persisted, access, accessChanged, flags, settings, logger } = deps;
  const by = newId();
  const waiting = new Map<OpId, AbortController>();

  const dispatch = levelTriggered(async (room: RoomId) => {
    // Looks again after the lease is released: who came meanwhile did not get it, and left the row to us.
    while ((await outbox.waiting(room, 1)).length > 0) {
      const lease = await takeRoomLease({ outbox, logger }, room, by);
      if (lease === undefined) return;
      try {
        if (!(await drain(room, lease))) return;
      } finally {
        await lease.release();
      }
    }
  });

  /** `false` when the lease was lost on the way. */
  async function drain(room: RoomId, lease: RoomLease): Promise<boolean> {
    for (;;) {
      const readAt = performance.now();
      const rows = await outbox.waiting(room, rowsAtOnce);
      if (rows.length === 0) return true;
      for (const row of rows) {
        if (!(await lease.confirm())) return false;
        if (!(await carryOut(row, row.ageMs + performance.now() - readAt, lease))) return false;
      }
    }
  }

  /** `false` when the lease was lost on the way. */
  async function carryOut(row: WaitingRow, ageMs: number, lease: RoomLease): Promise<boolean> {
    if (row.quiet === undefined) await enter(row, ageMs);
    await access.projectAll(row.us);
    if (row.quiet) for (const user of row.us) accessChanged(user);
    if (row.sweep && !(await sweep(row, lease))) return false;
    await outbox.remove(row._id);
    waiting.get(row._id)?.abort();
    return true;
  }

  async function enter(row: WaitingRow, ageMs: number): Promise<void> {
    const event = JSON.parse(row.event) as RoomEvent | InboxEvent;
    // Access ends before the log says so: whoever reads it behind the event does not find it any more.
    if (event.t === 'mem' && !entersRoom(event.op)) await access.projectAll(row.us);
    // So do flags: whoever hears the room from behind the event on reads them before anybody writes.
    if (event.t === 'room' && event.ver !== undefined) await flags.project(row.r);
    const seq = await land(row, ageMs);
    if (event.t === 'mem') await memberships.landed(event, seq);
  }

  /** However many they are: whoever dies in between has noted how far he came. */
  async function sweep({ _id, r: room, ver, swept }: WaitingRow, lease: RoomLease): Promise<boolean> {
    await memberships.endAll(room, ver);
    for (let after = swept; ; ) {
      const users = await memberships.endedBy(room, ver, after);
      after = users.at(-1);
      if (after === undefined) return true;
      await access.projectAll(users);
      await outbox.noteSwept(_id, after);
      if (!(await lease.confirm())) return false;
    }
  }

  /** The sequence under which the row's event is in the log, where it is put unless it was there. */
  async function land(row: WaitingRow, ageMs: number): Promise<number> {
    // Past half the window the log may have forgotten the id before the append arrives.
    const known = ageMs > settings.duplicateWindowMs / 2 ? await find(row) : undefined;
    if (known !== undefined) return known;
    const room = roomOfRow(row);
    let id: string = row._id;
    for (let n = 0; n < appendAttempts; n++) {
      const bytes = encoder.encode(row.event);
      const appended = await log.append({ room, id, lane: `outbox:${room}`, bytes, op: row._id });
      if (!appended.duplicate) return appended.seq;
      const first = await log.read(room, appended.seq);
      if (first?.op === row._id) return appended.seq;
      const found = await find(row);
      if (found !== undefined) return found;
      // The log remembers the id, but a set-back of its store took the event before it became durable.
      logger.warn({ op: row._id, room, seq: appended.seq }, 'event was lost with the log: appending it again');
      id = `${row._id}~${appended.seq}`;
    }
    throw new Failure('log_unavailable', { detail: 'The log keeps losing an event' });
  }

  /** Log before store: what leaves the log is in the store by then. So is all up to a watermark that was read before. */
  async function find(row: WaitingRow): Promise<number | undefined> {
    const room = roomOfRow(row);
    const watermark = await persisted.watermark(streamOf(room, settings.roomStreams));
    for (let from = watermark + 1; ; ) {
      const page = await log.readRoom(room, from, eventsAPage);
      const hit = page.find((event) => event.op === row._id);
      if (hit !== undefined) return hit.seq;
      const last = page.at(-1);
      if (last === undefined) return persisted.seqOf(row._id);
      from = last.seq + 1;
    }
  }

  async function settled(op: OpId, deadlineMs: number): Promise<boolean> {
    const until = performance.now() + deadlineMs;
    const done = waiting.get(op) ?? new AbortController();
    waiting.set(op, done);
    try {
      for (let pauseMs = 20; await outbox.has(op); pauseMs = Math.min(pauseMs * 2, 200)) {
        const leftMs = until - performance.now();
        if (leftMs <= 0) return false;
        await sleep(Math.min(pauseMs, leftMs), done.signal);
      }
      return true;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    } finally {
      waiting.delete(op);
    }
  }

  return { dispatch, settled };
}
