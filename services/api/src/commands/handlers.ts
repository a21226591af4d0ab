import { type AdminAuditDeps, adminAuditHandlers } from './admin-audit.ts';
import { type AdminEventDeps, adminEventHandlers } from './admin-events.ts';
import { type AdminKeyDeps, adminKeyHandlers } from './admin-keys.ts';
import { type AdminMessageDeps, adminMessageHandlers } from './admin-messages.ts';
import { type AdminNoticeDeps, adminNoticeHandlers } from './admin-notices.ts';
import { type AdminOperationDeps, adminOperationHandlers } from './admin-operations.ts';
import { type AdminRoomDeps, adminRoomHandlers } from './admin-rooms.ts';
import { type AdminUserDeps, adminUserHandlers } from './admin-users.ts';
import { type AuthDeps, sessionHandlers } from './auth.ts';
import { type BlockDeps, blockHandlers } from './blocks.ts';
import { type FileDeps, fileHandlers, sendImage } from './files.ts';
import type { AdminHandlers, CallHandlers, RestHandlers } from './handler.ts';
import { type InboxDeps, inboxHandlers } from './inbox.ts';
import { type InvitationDeps, invitationHandlers } from './invitations.ts';
import { type MemberDeps, memberHandlers } from './members.ts';
import { type MentionDeps, mentionHandlers } from './mentions.ts';
import { type MessageDeps, messageHandlers } from './messages.ts';
import { type NotificationDeps, notificationHandlers } from './notifications.ts';
import { type ProfileDeps, profileHandlers } from './profiles.ts';
import { adminReportHandlers, type ReportDeps, reportHandlers } from './reports.ts';
import { type RoomDeps, roomHandlers } from './rooms.ts';
import { type SearchDeps, searchHandlers } from './search.ts';
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
  NotificationDeps &
  ReportDeps &
  SearchDeps;

export type AdminDeps = AdminUserDeps &
  AdminRoomDeps &
  AdminMessageDeps &
  AdminEventDeps &
  AdminOperationDeps &
  AdminNoticeDeps &
  AdminKeyDeps &
  AdminAuditDeps &
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
  ...notificationHandlers(deps),
  ...reportHandlers(deps),
  ...searchHandlers(deps),
});

/** Every command of the admin listener. */
export const adminHandlers = (deps: AdminDeps): AdminHandlers => ({
  ...adminUserHandlers(deps),
  ...adminRoomHandlers(deps),
  ...adminMessageHandlers(deps),
  ...adminEventHandlers(deps),
  ...adminOperationHandlers(deps),
  ...adminNoticeHandlers(deps),
  ...adminKeyHandlers(deps),
  ...adminAuditHandlers(deps),
  ...adminReportHandlers(deps),
});

/** Those that no frame could hold. */
export const restHandlers = (deps: FileDeps): RestHandlers => ({ 'messages.sendImage': sendImage(deps) });
