import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { type UserId, unfitCustomData } from '@gapless/shared/schema';
import { readNickname } from '../accounts/names.ts';
import type { Blocks } from './blocks.ts';
import type { Profile, ProfileChange, ProfileStore } from './profile-store.ts';

export interface Profiles {
  mine(user: UserId): Promise<Profile>;
  /** What is not named stays. `expected`: only where that is the version still. */
  change(user: UserId, change: ProfileChange, expected?: number): Promise<Profile>;
  /** Also of one who is disabled: his messages stay, and bear his name. */
  get(user: UserId): Promise<Profile>;
  /** Whoever is disabled, or has blocked the reader or is blocked by him, is not found. */
  byNickname(reader: UserId, nickname: string): Promise<Profile>;
}

export function createProfiles(deps: { store: ProfileStore; blocks: Pick<Blocks, 'between'>; clock: Clock }): Profiles {
  const { store, blocks, clock } = deps;

  async function get(user: UserId): Promise<Profile> {
    const profile = await store.withId(user);
    if (profile === undefined) throw new Failure('not_found', { detail: 'No such user' });
    return profile;
  }

  return {
    mine: get,
    get,
    async change(user, change, expected) {
      const reason = change.custom ? unfitCustomData(change.custom) : undefined;
      if (reason !== undefined) throw new Failure('invalid_request', { detail: reason });
      const nickname = change.nickname === undefined ? undefined : readNickname(change.nickname);
      const changed = await store.change(user, { ...change, nickname }, { expected, now: new Date(clock.now()) });
      if (changed === undefined) throw new Failure('token_required', { detail: 'The account is gone' });
      return changed;
    },
    async byNickname(reader, nickname) {
      const profile = await store.withNickname(nickname);
      // Asked in any case: nobody tells by the time it takes who is there and hidden.
      const isBlocked = await blocks.between(reader, profile?.id ?? reader);
      if (profile === undefined || profile.disabled || isBlocked) {
        throw new Failure('not_found', { detail: 'No such user' });
      }
      return profile;
    },
  };
}
