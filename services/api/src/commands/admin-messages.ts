import type { EventFacts, FannedOut, MessageTrace, Trace } from '../domain/messages/message-trace.ts';
import type { Handlers } from './handler.ts';

export interface AdminMessageDeps {
  readonly messageTrace: MessageTrace;
}

export const adminMessageHandlers = ({
  messageTrace,
}: AdminMessageDeps): Handlers<'messages.trace' | 'messages.traceSent'> => ({
  'messages.trace': async (_, { room, sequence }) => showTrace(await messageTrace.of(room, sequence)),
  'messages.traceSent': async (_, { room, user, clientId }) =>
    showTrace(await messageTrace.ofSent(room, user, clientId)),
});

function showTrace(trace: Trace) {
  const { room, seq, facts, marks } = trace;
  return {
    ...{ room, sequence: seq },
    ...(facts === undefined ? {} : whatOf(facts)),
    stages: {
      takenIn: { ...(facts === undefined ? {} : { when: facts.at.toISOString() }), ...takenBy(trace) },
      stored: { stream: trace.stream, ...storedAt(trace) },
      fannedOut: fannedOut(trace),
      persisted: persisted(trace),
      received: { members: marks.received },
      read: { members: marks.read },
      superseded: trace.superseded,
    },
  };
}

const whatOf = ({ user, kind, clientId }: EventFacts) => ({
  ...{ user, kind },
  ...(clientId === undefined ? {} : { clientId }),
});

const noLog = 'The log is away';
const trimmed = 'The log does not hold it any more: it is in MongoDB and old, or the store was set back';

function takenBy({ logged }: Trace) {
  if (logged === 'away') return { unknown: noLog };
  if (logged === undefined) return { unknown: trimmed };
  return logged.by === undefined ? { unknown: 'Nobody said who appended it' } : { by: logged.by.process };
}

function storedAt({ logged }: Trace) {
  if (logged === 'away') return { unknown: noLog };
  return logged === undefined ? { unknown: trimmed } : { when: logged.storedAt.toISOString() };
}

function fannedOut({ fannedOut: found }: Trace) {
  if (found === 'away') return { items: [], unknown: 'NATS is away: no edge could be asked' };
  const items = found.map(({ process, sockets, at }: FannedOut) => ({
    ...{ by: process, sockets },
    ...(at === undefined ? {} : { when: new Date(at).toISOString() }),
  }));
  const isTold = items.some((item) => 'when' in item);
  return isTold
    ? { items }
    : { items, unknown: 'No edge that follows the room now remembers it: nobody is there, or it is old' };
}

function persisted({ written, deadLetter, watermark }: Trace) {
  if (deadLetter !== undefined) {
    const { reason, waits } = deadLetter;
    return { done: false, watermark, unknown: `A dead letter that ${waits ? 'waits' : 'was given up'}: ${reason}` };
  }
  if (written === undefined) return { done: false, watermark };
  if (written.writtenAt === undefined)
    return { done: true, watermark, unknown: 'It was written before times were kept' };
  return { done: true, watermark, when: written.writtenAt.toISOString() };
}
