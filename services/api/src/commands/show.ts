import type { MessageBody, MessageFile, SessionId, UserId } from '@gapless/shared/schema';
import type { Account } from '../domain/accounts/account-store.ts';
import type { Session } from '../domain/accounts/session-store.ts';
import type { MessageVersion } from '../domain/messages/edit-history.ts';
import type { Stored } from '../domain/messages/message-changes.ts';
import type { ShownMessage } from '../domain/messages/shown-messages.ts';

/** How the things of the domain look to clients: what is not named here stays inside. */

export const showUser = ({ id, email, emailVerified, nickname, role, createdAt }: Account) => ({
  id,
  email,
  emailVerified,
  nickname,
  role,
  createdAt: createdAt.toISOString(),
});

export const showSession = ({ id, device, createdAt, rotatedAt }: Session, current: SessionId) => ({
  id,
  ...(device === undefined ? {} : { device }),
  createdAt: createdAt.toISOString(),
  usedAt: rotatedAt.toISOString(),
  current: id === current,
});

export const showStored = ({ seq, at, duplicate }: Stored) => ({
  sequence: seq,
  at: new Date(at).toISOString(),
  ...(duplicate ? { duplicate: true as const } : {}),
});

export const showFile = ({ id, name, type, size, w, h, thumb }: MessageFile) => ({
  ...{ id, name, type, size },
  ...(w === undefined || h === undefined ? {} : { width: w, height: h }),
  ...(thumb === undefined ? {} : { thumb: true as const }),
});

export const showBody = ({ text, custom, quote, files, fwd }: MessageBody) => ({
  text,
  ...(custom === undefined ? {} : { custom: { ...custom } }),
  ...(quote === undefined ? {} : { quote }),
  ...(files === undefined ? {} : { files: files.map(showFile) }),
  ...(fwd === undefined ? {} : { forwarded: { room: fwd.r, sequence: fwd.m, user: fwd.u } }),
});

export const showVersion = ({ seq, at, body }: MessageVersion) => ({
  version: seq,
  at: at.toISOString(),
  body: showBody(body),
});

const showReplies = ({ replies }: ShownMessage) => {
  if (replies === undefined) return {};
  const { count, last, users } = replies;
  return { replies: { count, last: { sequence: last.seq, at: last.at.toISOString() }, users: [...users] } };
};

const showMentions = ({ mentions }: ShownMessage, nicknames: ReadonlyMap<UserId, string>) => {
  if (mentions === undefined) return {};
  const shown = mentions.map((user) => {
    const nickname = nicknames.get(user);
    return { user, ...(nickname === undefined ? {} : { nickname }) };
  });
  return { mentions: shown };
};

export const showMessage = (message: ShownMessage, nicknames: ReadonlyMap<UserId, string>) => {
  const { seq, user, at, clientId, body, version, thread, also, whisperedIn, edited, deleted, link } = message;
  return {
    sequence: seq,
    kind: 'msg' as const,
    user,
    at: at.toISOString(),
    clientId,
    body: showBody(body),
    version,
    ...(thread === undefined ? {} : { thread }),
    ...(also === undefined ? {} : { also }),
    ...(whisperedIn === undefined ? {} : { whisperedIn }),
    ...(edited === undefined ? {} : { edited: edited.toISOString() }),
    ...(deleted ? { deleted: true as const } : {}),
    ...showMentions(message, nicknames),
    ...(link === undefined ? {} : { link }),
    ...showReplies(message),
    reactions: message.reactions.map(({ emoji, count, mine }) => ({ emoji, count, mine })),
  };
};
