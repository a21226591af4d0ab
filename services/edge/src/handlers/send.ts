import type { MessageLog, StoredOnce } from '@gapless/shared/bus';
import { Failure, type FailureKind } from '@gapless/shared/errors';
import { type ClientFrameOf, type Limits, refuseUnfitBody } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import { type FoundFiles, isVisible, newBody, type UserId, visibleRanges } from '@gapless/shared/schema';
import { LaneOrder } from '../lane-order.ts';
import { type MessageFiles, unknownFiles } from '../message-files.ts';
import type { EdgeMetrics } from '../metrics.ts';
import type { NamedMessages } from '../named-messages.ts';
import type { RateLimiter } from '../rate-limiter.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { SlowMode } from '../slow-mode.ts';
import type { WriteGate } from '../write-gate.ts';
import type { Handler } from './operation.ts';

export interface SendDeps {
  readonly access: Pick<RoomAccessCache, 'membership' | 'reload'>;
  readonly gate: WriteGate;
  readonly slowMode: SlowMode;
  readonly messages: MessageLog;
  readonly named: NamedMessages;
  readonly files: MessageFiles;
  readonly userSends: RateLimiter<UserId>;
  readonly limits: Limits;
  readonly metrics: Pick<EdgeMetrics, 'sendSeconds'>;
  readonly clock: Clock;
}

export function createSend(deps: SendDeps): Handler<'send'> {
  const { access, gate, slowMode, messages, named, files, userSends, limits, metrics, clock } = deps;
  const order = new LaneOrder();
  /** Of those who wait for their turn in slow mode. */
  const turns = new LaneOrder();

  /** What it names: messages that its sender may see, and files of his own. */
  async function foundFor(
    user: UserId,
    ready: Promise<unknown> | undefined,
    frame: ClientFrameOf<'send'>,
  ): Promise<Found> {
    await ready;
    gate.check(user, frame.r, 'add');
    const thread = await namedBy(user, frame);
    return { thread, files: await files.take(user, frame) };
  }

  async function namedBy(user: UserId, frame: ClientFrameOf<'send'>): Promise<number | undefined> {
    const membership = () => access.membership(user, frame.r);
    if (membership() === undefined) throw new Failure('not_member');
    const sees = (seq: number, known = membership()) => known !== undefined && isVisible(visibleRanges(known), seq);
    const rootOf = async (seq: number): Promise<number> => {
      // Of stays before one that was just heard of the bucket knows.
      if (!sees(seq) && membership()?.own?.length === 0) await access.reload(user);
      if (sees(seq)) return named.rootOf(frame.r, seq);
      throw new Failure('not_found', { detail: 'No such message' });
    };
    if (frame.b.quote !== undefined) await rootOf(frame.b.quote);
    return frame.re === undefined ? undefined : rootOf(frame.re);
  }

  /** Behind all that its sender sent before it. */
  async function admit(user: UserId, frame: ClientFrameOf<'send'>): Promise<Found> {
    const { r: room, c: clientId, b: body, re } = frame;
    const ready = gate.ready(user, room);
    const isPlain = re === undefined && body.quote === undefined && body.files === undefined;
    // Who, or what, had to be asked about must not be overtaken by what was sent when the answer was known.
    const work = isPlain ? ready?.then(() => nothingFound) : foundFor(user, ready, frame);
    const lane = `${room}:${user}`;
    const found = (await order.keep(lane, work)) ?? nothingFound;
    // What is known behind the wait counts.
    gate.check(user, room, 'add');
    const seconds = gate.slowSeconds(user, room);
    // What waits for its turn must not be overtaken either, by what was sent when slow mode was over.
    if (seconds > 0 || turns.isTaken(lane)) {
      await turns.keep(lane, seconds > 0 ? slowMode.pass({ user, room, clientId, seconds }) : undefined);
      gate.check(user, room, 'add');
    }
    return found;
  }

  /** What was stored before he might not write any more is answered as it was: a refusal says that nothing happened. */
  async function unlessStored(refusal: Failure, user: UserId, frame: ClientFrameOf<'send'>): Promise<StoredOnce> {
    try {
      const thread = await namedBy(user, frame);
      const before = await messages.stored(messageOf(user, frame, { thread, files: unknownFiles(frame.b) }));
      if (before !== undefined) return before;
    } catch (error) {
      if (error instanceof Failure && error.code === 'unavailable') {
        throw new Failure('fate_unknown', { retryMs: 1_000, cause: error });
      }
      // That the message which it names is none is no reason to tell him more than that he may not write.
      if (!(error instanceof Failure) || error.code !== 'not_found') throw error;
    }
    throw refusal;
  }

  return async (session, frame) => {
    refuseUnfitBody(frame.b, limits.text);
    const { user } = session;
    const began = clock.now();
    const retryMs = userSends.take(user, began);
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
    let found: Found;
    try {
      found = await admit(user, frame);
    } catch (error) {
      if (!(error instanceof Failure) || !mayBeRepeated(error, frame)) throw error;
      return session.stored(frame.i, await unlessStored(error, user, frame));
    }
    session.stored(frame.i, await messages.store(messageOf(user, frame, found)));
    metrics.sendSeconds.observe((clock.now() - began) / 1000);
  };
}

/** Of these nobody could say that he never might write there. */
const mayBeARepeat: ReadonlySet<FailureKind> = new Set(['muted', 'frozen', 'archived', 'blocked', 'slow_mode']);

/** The files of a message that was deleted since are gone. */
const mayBeRepeated = ({ kind }: Failure, { b }: ClientFrameOf<'send'>): boolean =>
  mayBeARepeat.has(kind) || (kind === 'not_found' && b.files !== undefined);

interface Found {
  /** Sequence of the message that begins the thread. */
  readonly thread: number | undefined;
  readonly files: FoundFiles;
}

const nothingFound: Found = { thread: undefined, files: [] };

const messageOf = (user: UserId, { r: room, c: clientId, b, also }: ClientFrameOf<'send'>, found: Found) => ({
  ...{ room, user, clientId, body: newBody(b, found.files), thread: found.thread },
  also: found.thread !== undefined && also === 1,
});
