import type { Account } from '../domain/account-store.ts';
import type { ShownMessage } from '../domain/history.ts';
import type { Stored } from '../domain/message-changes.ts';

/** How the things of the domain look to clients: what is not named here stays inside. */

export const showUser = ({ id, email, nickname, role, createdAt }: Account) => ({
  id,
  email,
  nickname,
  role,
  createdAt: createdAt.toISOString(),
});

export const showStored = ({ seq, at, duplicate }: Stored) => ({
  sequence: seq,
  at: new Date(at).toISOString(),
  ...(duplicate ? { duplicate: true as const } : {}),
});

export const showMessage = (message: ShownMessage) => {
  const { seq, user, at, clientId, body, thread, edited, deleted, reactions } = message;
  return {
    sequence: seq,
    kind: 'msg' as const,
    user,
    at: at.toISOString(),
    clientId,
    body: { text: body.text },
    ...(thread === undefined ? {} : { thread }),
    ...(edited === undefined ? {} : { edited: edited.toISOString() }),
    ...(deleted ? { deleted: true as const } : {}),
    reactions: reactions.map(({ emoji, count, mine }) => ({ emoji, count, mine })),
  };
};
