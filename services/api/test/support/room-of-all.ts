import type { Standing } from '@gapless/shared/commands';
import type { RoomId, Visibility } from '@gapless/shared/schema';
import type { TestApi, TestUser } from './api.ts';

/** A group with one user of each standing. */
export interface RoomOfAll {
  readonly room: RoomId;
  readonly users: Readonly<Record<Standing, TestUser>>;
}

export type OneOfEach = RoomOfAll['users'];

export async function oneOfEach(api: TestApi): Promise<OneOfEach> {
  const [owner, moderator, member, muted, banned, stranger] = await Promise.all([
    ...[api.signUp(), api.signUp(), api.signUp(), api.signUp(), api.signUp(), api.signUp()],
  ] as const);
  if (!owner || !moderator || !member || !muted || !banned || !stranger) throw new Error('nobody signed up');
  return { owner, moderator, member, muted, banned, stranger };
}

export async function aRoomOfAll(api: TestApi, visibility: Visibility = 'public', all?: OneOfEach): Promise<RoomOfAll> {
  const { owner, moderator, member, muted, banned, stranger } = all ?? (await oneOfEach(api));
  const made = await api.post('/v1/rooms', { name: 'All of us', visibility }, owner.token);
  const path = `/v1/rooms/${made.body.id}`;
  const users = [moderator, member, muted].map(({ id }) => id);
  await done(api.post(`${path}/members`, { users }, owner.token));
  await done(api.request('PUT', `${path}/members/${moderator.id}/role`, owner.token, { role: 'moderator' }));
  await done(api.request('PUT', `${path}/members/${muted.id}/mute`, owner.token));
  await done(api.request('PUT', `${path}/bans/${banned.id}`, owner.token));
  return { room: made.body.id, users: { owner, moderator, member, muted, banned, stranger } };
}

async function done(answer: ReturnType<TestApi['post']>): Promise<void> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`a room of all was answered ${status}: ${JSON.stringify(body)}`);
}
