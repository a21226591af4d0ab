import { Type } from 'typebox';
import { RoomIdSchema, UserIdSchema } from './ids.ts';
import type { MessageBody } from './room-event.ts';

const Text = Type.String({ description: 'Text of the message' });
/** Whatever its keys are spelled like: a pattern for them would lose some. */
const Custom = Type.Unsafe<Readonly<Record<string, unknown>>>(
  Type.Object(
    {},
    {
      additionalProperties: true,
      description: 'Of the application, kept as it is: an object of at most 2 KiB, 4 levels and 50 keys',
    },
  ),
);
const Quote = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Sequence of the message of this room that it quotes',
});

/**
 * What a member writes; where a message was forwarded from only the server says. The text is bounded by the installation's
 * limit, `custom` by `refuseUnfitBody`.
 */
export const NewBodySchema = Type.Object(
  { text: Text, custom: Type.Optional(Custom), quote: Type.Optional(Quote) },
  { description: 'What the member wrote' },
);
export type NewBody = Pick<MessageBody, 'text' | 'custom' | 'quote'>;

/** Another text; what is not named stays, `null` takes it away. */
export const EditedBodySchema = Type.Object(
  {
    text: Text,
    custom: Type.Optional(Type.Union([Custom, Type.Null()])),
    quote: Type.Optional(Type.Union([Quote, Type.Null()])),
  },
  { description: 'What it says now: `custom` and `quote` stay unless they are named, and go with `null`' },
);

export interface EditedBody {
  readonly text: string;
  readonly custom?: Readonly<Record<string, unknown>> | null;
  readonly quote?: number | null;
}

export const MessageBodySchema = Type.Object(
  {
    ...NewBodySchema.properties,
    fwd: Type.Optional(
      Type.Object(
        {
          r: RoomIdSchema,
          m: Type.Integer({ minimum: 1, description: 'Its sequence there' }),
          u: UserIdSchema,
        },
        { description: 'The message that was forwarded, and who wrote it' },
      ),
    ),
  },
  { description: 'What the member wrote' },
);

/** Of all that a client sent what it may say. */
export const newBody = ({ text, custom, quote }: NewBody): NewBody => ({
  text,
  ...(custom === undefined ? {} : { custom }),
  ...(quote === undefined ? {} : { quote }),
});

/** Its keys always in the same order: the same body has the same bytes. */
export function bodyInOrder(body: MessageBody): MessageBody {
  const { fwd } = body;
  return fwd === undefined ? newBody(body) : { ...newBody(body), fwd: { r: fwd.r, m: fwd.m, u: fwd.u } };
}

export const isSameBody = (a: MessageBody, b: MessageBody): boolean =>
  a.text === b.text &&
  a.quote === b.quote &&
  (a.custom === b.custom || JSON.stringify(a.custom) === JSON.stringify(b.custom)) &&
  a.fwd?.r === b.fwd?.r &&
  a.fwd?.m === b.fwd?.m;
