import { nicknameKey, nicknameSearchKey } from '../domain/names.ts';

/** All that a user's row holds of his nickname: it is written as a whole or not at all. */
export interface NicknameFields {
  readonly nick: string;
  /** Unique. */
  readonly nickKey: string;
  /** By which he is found while somebody types. */
  readonly seek: string;
}

export const nicknameFields = (nickname: string): NicknameFields => ({
  nick: nickname,
  nickKey: nicknameKey(nickname),
  seek: nicknameSearchKey(nickname),
});
