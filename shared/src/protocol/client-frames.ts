import { type Static, Type } from 'typebox';
import { ClientIdSchema, RoomIdSchema } from '../schema/index.ts';
import { maxRoomsPerFrame, maxTokenChars } from './limits.ts';

/** Chosen by the client; the reply carries it. Without it there is no reply on success. */
const i = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Reply number' }));
const Token = Type.String({ minLength: 1, maxLength: maxTokenChars, description: 'Access token' });
const Rooms = Type.Array(RoomIdSchema, { minItems: 1, maxItems: maxRoomsPerFrame, description: 'Rooms' });

/** `text` is bounded by the installation's limit, which the handler checks in code points. */
export const MessageBodySchema = Type.Object(
  { text: Type.String({ description: 'Text of the message' }) },
  { description: 'What the member wrote' },
);

/** What a client may send: one schema an operation. Unknown keys are ignored. */
export const clientFrames = {
  hello: Type.Object(
    {
      t: Type.Literal('hello'),
      i,
      tok: Type.Optional(Token),
      rooms: Type.Optional(
        Type.Union(
          [Type.Literal('all'), Type.Literal('none'), Type.Array(RoomIdSchema, { maxItems: maxRoomsPerFrame })],
          { description: 'Which of my rooms are live from the start; without it all' },
        ),
      ),
    },
    { description: 'Starts the session; answered by `hi`, then `rooms`' },
  ),
  auth: Type.Object(
    { t: Type.Literal('auth'), i, tok: Token },
    { description: 'A fresh token of the same user before the old one ends' },
  ),
  join: Type.Object(
    { t: Type.Literal('join'), i, rs: Rooms },
    { description: 'Starts live events of rooms on this socket; membership is not touched' },
  ),
  leave: Type.Object(
    { t: Type.Literal('leave'), i, rs: Rooms },
    { description: 'Stops live events of rooms on this socket; membership is not touched' },
  ),
  send: Type.Object(
    {
      t: Type.Literal('send'),
      i,
      r: RoomIdSchema,
      c: ClientIdSchema,
      b: MessageBodySchema,
      re: Type.Optional(Type.Integer({ minimum: 1, description: 'Sequence of the message that this one answers' })),
    },
    { description: 'A message; answered once it is stored' },
  ),
  ping: Type.Object({ t: Type.Literal('ping'), i }, { description: 'Answered by `pong`' }),
} as const;

export type ClientOp = keyof typeof clientFrames;
export type ClientFrameOf<T extends ClientOp> = Static<(typeof clientFrames)[T]>;
export type ClientFrame = { [T in ClientOp]: ClientFrameOf<T> }[ClientOp];
