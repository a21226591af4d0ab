import { nicknameKey, nicknameLook } from '@gapless/shared/schema';
import { nicknameSearchKey } from '../domain/accounts/names.ts';

/** All that a user's row holds of his nickname: it is written as a whole or not at all. */
export interface NicknameFields {
  readonly nick: string;
  /** Unique. */
  readonly nickKey: string;
  /** By which he is found while somebody types. */
  readonly seek: string;
  /** Unique. Absent in accounts that looked alike before that was refused. */
  readonly look?: string;
}

export const nicknameFields = (nickname: string): NicknameFields => ({
  nick: nickname,
  nickKey: nicknameKey(nickname),
  seek: nicknameSearchKey(nickname),
  look: nicknameLook(nickname),
});
