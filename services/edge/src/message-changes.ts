import type { Commands, StoredOnce } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { ClientId, EditedBody, RoomId, UserId } from '@gapless/shared/schema';
import { ChangeOrder } from './change-order.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { RoomAccessCache } from './room-access.ts';

/** What each change of a message says, beside who, where, which and under which client id. */
export interface ChangeDetails {
  readonly 'messages.edit': { readonly body: EditedBody };
  readonly 'messages.delete': object;
  readonly 'messages.react': { readonly emoji: string; readonly on: boolean };
}

export interface ChangeTarget {
  readonly room: RoomId;
  readonly user: UserId;
  readonly message: number;
  readonly clientId: ClientId;
}

export interface MessageChanges {
  /**
   * Has a message changed by the api, which knows whose it is. Changes of one user in one room are made in the order in
   * which they came.
   */
  change<C extends keyof ChangeDetails>(
    command: C,
    target: ChangeTarget,
    details: ChangeDetails[C],
  ): Promise<StoredOnce>;
}

export interface MessageChangesDeps {
  readonly commands: Pick<Commands, 'change'>;
  readonly access: Pick<RoomAccessCache, 'isMember'>;
  readonly userSends: RateLimiter<UserId>;
  readonly clock: Clock;
}

export function createMessageChanges({ commands, access, userSends, clock }: MessageChangesDeps): MessageChanges {
  const order = new ChangeOrder(clock);
  return {
    change: (command, target, details) => {
      const { room, user } = target;
      const retryMs = userSends.take(user, clock.now());
      if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
      return order.follow(`${room}:${user}`, async () => {
        // What else refuses it the api says, which first looks whether it was made already.
        if (!(await access.isMember(user, room))) throw new Failure('not_member');
        return (await commands.change(command, { ...target, ...details })) as StoredOnce;
      });
    },
  };
}
