import { newId, type SessionId, type UserId } from '@gapless/shared/schema';
import { ReplyBatch } from '../src/reply-batch.ts';
import { Session, type SessionLimits } from '../src/session.ts';
import type { Socket } from '../src/socket.ts';

export const limits: SessionLimits = {
  frames: { perSecond: 1, burst: 1 },
  badFrames: { perSecond: 1, burst: 2 },
  refusedFrames: { perSecond: 1, burst: 2 },
  helloDeadlineMs: 5_000,
};
export const identity = { user: newId<UserId>(), sid: newId<SessionId>(), epoch: 0, expiresAt: 60_000 };

/** A socket that remembers what it was told, and how often it was asked to write. */
export function fakeSession(address = '192.0.2.1') {
  const sent: Record<string, unknown>[] = [];
  const ends: number[] = [];
  const topics = new Set<string>();
  let corks = 0;
  const socket: Socket = {
    address,
    send: (frame) => sent.push(JSON.parse(String(frame))),
    subscribe: (topic) => topics.add(topic),
    unsubscribe: (topic) => topics.delete(topic),
    end: (code) => {
      ends.push(code);
      session.closed();
    },
    bufferedAmount: () => 0,
    cork: (work) => {
      corks++;
      work();
    },
  };
  const session: Session = new Session({ socket, identity: undefined, limits, replies: new ReplyBatch(), now: 0 });
  return { session, sent, ends, topics, corks: () => corks };
}
