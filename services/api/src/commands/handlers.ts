import { type AuthDeps, sessionHandlers } from './auth.ts';
import { type BlockDeps, blockHandlers } from './blocks.ts';
import { type FileDeps, fileHandlers, sendImage } from './files.ts';
import type { CallHandlers, RestHandlers } from './handler.ts';
import { type InboxDeps, inboxHandlers } from './inbox.ts';
import { type InvitationDeps, invitationHandlers } from './invitations.ts';
import { type MemberDeps, memberHandlers } from './members.ts';
import { type MentionDeps, mentionHandlers } from './mentions.ts';
import { type MessageDeps, messageHandlers } from './messages.ts';
import { type ProfileDeps, profileHandlers } from './profiles.ts';
import { type ReportDeps, reportHandlers } from './reports.ts';
import { type RoomDeps, roomHandlers } from './rooms.ts';
import { type UserDeps, userHandlers } from './users.ts';

export type CallDeps = AuthDeps &
  ProfileDeps &
  BlockDeps &
  UserDeps &
  RoomDeps &
  MemberDeps &
  InvitationDeps &
  InboxDeps &
  MessageDeps &
  FileDeps &
  MentionDeps &
  ReportDeps;

/** Every command of somebody with a session. */
export const callHandlers = (deps: CallDeps): CallHandlers => ({
  ...sessionHandlers(deps),
  ...profileHandlers(deps),
  ...blockHandlers(deps),
  ...userHandlers(deps),
  ...roomHandlers(deps),
  ...memberHandlers(deps),
  ...invitationHandlers(deps),
  ...inboxHandlers(deps),
  ...messageHandlers(deps),
  ...fileHandlers(deps),
  ...mentionHandlers(deps),
  ...reportHandlers(deps),
});

/** Those that no frame could hold. */
export const restHandlers = (deps: FileDeps): RestHandlers => ({ 'messages.sendImage': sendImage(deps) });
