import { pageSize } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { UserId } from '@gapless/shared/schema';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Profile } from '../domain/people/profile-store.ts';
import type { Profiles } from '../domain/people/profiles.ts';
import type { UserSearch } from '../domain/people/user-search.ts';
import type { Handlers } from './handler.ts';
import { showUser } from './show.ts';

export interface ProfileDeps {
  readonly accounts: Pick<Accounts, 'get'>;
  readonly profiles: Profiles;
  readonly userSearch: UserSearch;
}

type ProfileCommand = 'me.get' | 'me.change' | 'users.get' | 'users.byNickname' | 'users.search';

export function profileHandlers({ accounts, profiles, userSearch }: ProfileDeps): Handlers<ProfileCommand> {
  const mine = async (user: UserId, profile: Profile) => {
    const { email, ...account } = showUser(await accounts.get(user));
    const { findableByEmail } = profile;
    return { ...account, ...(email === '' ? {} : { email }), ...showProfile(profile), findableByEmail };
  };
  return {
    'me.get': async ({ user }) => mine(user, await profiles.get(user)),
    'me.change': async ({ user }, { ifVersion, ...change }) =>
      mine(user, await profiles.change(user, change, ifVersion)),
    'users.get': async (_, { user }) => showProfile(await profiles.get(user)),
    'users.byNickname': async ({ user }, { nickname }) => showProfile(await profiles.byNickname(user, nickname)),
    'users.search': async ({ user }, { nickname, email, cursor, limit = pageSize }) => {
      if ((nickname === undefined) === (email === undefined)) {
        throw new Failure('invalid_request', { detail: 'Either a nickname or an e-mail address' });
      }
      const found =
        email === undefined
          ? await userSearch.byNickname(user, nickname ?? '', { cursor, limit })
          : await userSearch.byEmail(user, email);
      return { ...found, items: found.items.map(showProfile) };
    },
  };
}

/** What everybody may know: never the address, nor what decides whether it finds him. */
const showProfile = ({ id, nickname, image, custom, disabled, version }: Profile) => ({
  id,
  nickname,
  ...(image === undefined ? {} : { image }),
  ...(custom === undefined ? {} : { custom }),
  ...(disabled ? { disabled: true as const } : {}),
  version,
});
