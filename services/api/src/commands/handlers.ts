import { type AuthDeps, sessionHandlers } from './auth.ts';
import type { CallHandlers } from './handler.ts';
import { type InvitationDeps, invitationHandlers } from './invitations.ts';
import { type MemberDeps, memberHandlers } from './members.ts';
import { type MessageDeps, messageHandlers } from './messages.ts';
import { type RoomDeps, roomHandlers } from './rooms.ts';
import { type UserDeps, userHandlers } from './users.ts';

export type CallDeps = AuthDeps & UserDeps & RoomDeps & MemberDeps & InvitationDeps & MessageDeps;

/** Every command of somebody with a session. */
export const callHandlers = (deps: CallDeps): CallHandlers => ({
  ...sessionHandlers(deps),
  ...userHandlers(deps),
  ...roomHandlers(deps),
  ...memberHandlers(deps),
  ...invitationHandlers(deps),
  ...messageHandlers(deps),
});
