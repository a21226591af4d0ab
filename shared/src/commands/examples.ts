/** What examples in the documents are about. */
export const aUser = '01kahzw8e9f0g1h2j3k4m5n6p7';
export const aRoomId = '01kahzx0c4j5k6m7n8p9q0r1s2';
export const aTime = '2026-11-21T12:00:00.000Z';

export const aRoom = {
  id: aRoomId,
  kind: 'group',
  name: 'Lobby',
  topic: 'Whatever comes',
  visibility: 'public',
  history: 'all',
  number: 17,
  members: 1,
  version: 1,
  createdAt: aTime,
  createdBy: aUser,
  role: 'owner',
  joinedAt: aTime,
} as const;

export const aMember = { user: aUser, nickname: 'ana', role: 'member', joinedAt: aTime } as const;

export const anInvite = {
  id: '01kahzy3d5k6m7n8p9q0r1s2t3',
  room: aRoomId,
  user: aUser,
  by: '01kahzz4e6m7n8p9q0r1s2t3v4',
  at: aTime,
} as const;

export const aLink = { id: '01kahzzc8f9p0q1r2s3t4v5w6x', by: aUser, at: aTime, uses: 5 } as const;
