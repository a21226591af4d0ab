import { Type } from 'typebox';
import { NicknameSchema, RoomIdSchema, UserIdSchema } from '../schema/index.ts';
import { page, pageOf, RoomSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aLink, anInvite, aRoom, aRoomId, aTime, aUser } from './examples.ts';

const IdSchema = Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{26}$', description: 'An id' });
const ofInvite = Type.Object({ invite: IdSchema });
const CodeSchema = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', description: 'What the link ends with' });
const room = { room: aRoomId };
const code = 'Zk3vN0q7TtGm2fX9sLw1Aw';

const InviteSchema = Type.Object({
  id: IdSchema,
  room: RoomIdSchema,
  user: UserIdSchema,
  by: UserIdSchema,
  at: TimeSchema,
});
/** Who is asked sees what he is asked into, though it is not his room yet. */
const MyInviteSchema = Type.Object({
  id: IdSchema,
  room: RoomIdSchema,
  name: Type.String({ description: 'Name of the room' }),
  by: UserIdSchema,
  nickname: Type.Optional(Type.String({ description: 'Of who asks' })),
  at: TimeSchema,
});

const terms = {
  until: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; absent: until it is revoked' })),
  uses: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Joins; absent: as many as come' })),
};
const link = { id: IdSchema, by: UserIdSchema, at: TimeSchema };
const left = { ...terms, uses: Type.Optional(Type.Integer({ minimum: 0, description: 'Joins that are left' })) };

export const invitationCommands = contracts({
  'rooms.invite': {
    method: 'POST',
    path: '/rooms/:room/invites',
    tag: 'members',
    summary: 'Ask a user into a group, for its members',
    description:
      'By id or nickname; he accepts or declines. Asked again it is the same invitation. It ends after 30 days, and when ' +
      'who asked is not a member any more. A member has 100 open ones in a room at most.',
    parameters: Type.Object({
      room: RoomIdSchema,
      user: Type.Optional(UserIdSchema),
      nickname: Type.Optional(NicknameSchema),
    }),
    answer: InviteSchema,
    example: { parameters: { ...room, user: aUser }, answer: anInvite },
  },
  'invites.ofRoom': {
    method: 'GET',
    path: '/rooms/:room/invites',
    tag: 'members',
    summary: 'Who was asked into a room and has not answered, for its members; the newest first',
    parameters: Type.Object({ room: RoomIdSchema, ...page }),
    answer: pageOf(InviteSchema),
    example: { parameters: room, answer: { items: [anInvite] } },
  },
  'invites.withdraw': {
    method: 'DELETE',
    path: '/rooms/:room/invites/:user',
    tag: 'members',
    summary: 'Take an invitation back, for who asked and for owners and moderators',
    parameters: Type.Object({ room: RoomIdSchema, user: UserIdSchema }),
    example: { parameters: { ...room, user: aUser } },
  },
  'invites.mine': {
    method: 'GET',
    path: '/me/invites',
    tag: 'me',
    summary: 'What I was asked into and have not answered, the newest first',
    parameters: Type.Object({ ...page }),
    answer: pageOf(MyInviteSchema),
  },
  'invites.accept': {
    method: 'POST',
    path: '/me/invites/:invite/accept',
    tag: 'me',
    summary: 'Become a member where I was asked to',
    parameters: ofInvite,
    answer: RoomSchema,
    example: { parameters: { invite: anInvite.id }, answer: aRoom },
  },
  'invites.decline': {
    method: 'POST',
    path: '/me/invites/:invite/decline',
    tag: 'me',
    summary: 'Decline an invitation; nobody is told',
    parameters: ofInvite,
    example: { parameters: { invite: anInvite.id } },
  },
  'invitations.create': {
    method: 'POST',
    path: '/rooms/:room/links',
    tag: 'members',
    summary: 'Make a link by which people join, for owners and moderators',
    description:
      'Its code is told this once: only a hash of it is kept. It is good while who made it keeps order there. ' +
      'Asked again it makes another one. Used up it is listed for a month.',
    parameters: Type.Object({ room: RoomIdSchema, ...terms }),
    answer: Type.Object({ ...link, ...left, code: CodeSchema }),
    example: { parameters: { ...room, uses: 5, until: aTime }, answer: { ...aLink, until: aTime, code } },
  },
  'invitations.list': {
    method: 'GET',
    path: '/rooms/:room/links',
    tag: 'members',
    summary: 'Links by which people join, for owners and moderators; the newest first',
    parameters: Type.Object({ room: RoomIdSchema, ...page }),
    answer: pageOf(Type.Object({ ...link, ...left })),
    example: { parameters: room, answer: { items: [aLink] } },
  },
  'invitations.revoke': {
    method: 'DELETE',
    path: '/rooms/:room/links/:link',
    tag: 'members',
    summary: 'End a link, for owners and moderators; who came by it stays',
    parameters: Type.Object({ room: RoomIdSchema, link: IdSchema }),
    example: { parameters: { ...room, link: aLink.id } },
  },
  'rooms.joinByLink': {
    method: 'POST',
    path: '/rooms/join-by-link',
    tag: 'members',
    summary: 'Join a group by a link',
    description: 'Costs a use only for who comes in by it.',
    parameters: Type.Object({ code: CodeSchema }),
    answer: RoomSchema,
    example: { parameters: { code }, answer: aRoom },
  },
});
