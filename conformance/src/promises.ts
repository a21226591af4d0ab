import { closeCodes, errorCodes } from '@gapless/shared/errors';
import { clientFrames, serverFrames } from '@gapless/shared/protocol';

/** Phases and transitions of a connection and of a room on it, as `docs/protocol.md` has them. */
const transitions = [
  ...['handshake refused', 'new to ready', 'new, refused, new', 'new to closed', 'new, more, new', 'greeting refuses'],
  ...[
    'ready refuses hello',
    'ready, renewed',
    'ready to closed by a token that ends',
    'ready to closed by a session that ends',
  ],
  ...['ready, sent away, closed', 'room: join to live', 'room: leave', 'room: replay to live', 'room: lag to live'],
  ...['room: removed', 'room: added to live', 'inbox: cursor to live'],
];

/** The first column of the table under Limits. */
const limits = [
  ...['frame', 'text of a message', 'rooms in one `join`, `leave` or `hello`', 'depth of JSON'],
  ...[
    'frames of one socket',
    'messages, changes, calls of one user on one edge',
    'frames of one socket in work at once',
  ],
  ...[
    'users watched by one socket',
    '`typing` of one socket in one room',
    '`d` of a `sig`',
    'sockets of one user on one edge',
  ],
  ...['bytes that wait for a slow reader', 'time in which a slow reader takes nothing'],
  ...['reads of missed events for one user on one edge'],
];

const handshakes = [400, 401, 403, 429, 503];

const of = (kind: string, names: readonly (string | number)[]): string[] => names.map((name) => `${kind} ${name}`);

/** Everything that the tables of the document promise, by kind and name: each is shown by a case, or it is said why not. */
export const promises: readonly string[] = [
  ...of('op', Object.keys(clientFrames)),
  // `err` is a promise by its codes.
  ...of(
    'frame',
    Object.keys(serverFrames).filter((t) => t !== 'err'),
  ),
  ...of('error', Object.keys(errorCodes)),
  ...of(
    'close',
    Object.values(closeCodes).map(({ code }) => code),
  ),
  ...of('handshake', handshakes),
  ...of('limit', limits),
  ...of('transition', transitions),
];
