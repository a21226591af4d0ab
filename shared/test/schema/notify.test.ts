import t from 'tap';
import {
  type Circumstances,
  type Concern,
  concerns,
  levelIn,
  type NotifyLevel,
  notifies,
  notifyLevels,
  type RoomNotify,
  silentForGood,
} from '../../src/schema/index.ts';

const nowMs = 1_795_262_400_000;
const later = nowMs + 1;
const rooms = {
  direct: { kind: 'direct', isLarge: false },
  group: { kind: 'group', isLarge: false },
  large: { kind: 'group', isLarge: true },
} as const;
type RoomName = keyof typeof rooms;

const plain = { isOwn: false, isBlocked: false, isRead: false, nowMs } as const;
const of = (concern: Concern, level: NotifyLevel, room: RoomName, own: RoomNotify = {}): Circumstances => ({
  ...plain,
  concern,
  user: { level },
  room: { ...rooms[room], ...own },
});

/** What is told at each level, in the words of the documents. */
const told: Readonly<Record<NotifyLevel, readonly Concern[]>> = {
  all: ['message', 'direct', 'whisper', 'mention', 'all', 'reply', 'quote', 'invite', 'notice'],
  mentions: ['direct', 'whisper', 'mention', 'all', 'reply', 'quote', 'invite', 'notice'],
  none: ['notice'],
};

t.test('every level tells of what it says, in small groups and direct rooms', async (t) => {
  for (const room of ['direct', 'group'] as const) {
    for (const level of notifyLevels) {
      for (const concern of concerns) {
        const expected = told[level].includes(concern) ? concern : 'none';
        t.equal(notifies(of(concern, level, room)), expected, `${concern} in a ${room} at ${level}`);
      }
    }
  }
});

t.test('a large group is at mentions unless its member asked for all of it there', async (t) => {
  t.equal(levelIn({ level: 'all' }, rooms.large), 'mentions');
  t.equal(levelIn({ level: 'none' }, rooms.large), 'none');
  t.equal(notifies(of('message', 'all', 'large')), 'none');
  t.equal(notifies(of('mention', 'all', 'large')), 'mention');
  t.equal(notifies(of('message', 'none', 'large', { level: 'all' })), 'message');
});

t.test(
  'what is said of a room holds there, whatever holds elsewhere; an invitation is of no room of mine',
  async (t) => {
    for (const user of notifyLevels) {
      for (const level of notifyLevels) {
        for (const room of Object.keys(rooms) as RoomName[]) {
          for (const concern of concerns) {
            const holds = concern === 'invite' ? user : level;
            const expected = told[holds].includes(concern) ? concern : 'none';
            t.equal(
              notifies(of(concern, user, room, { level })),
              expected,
              `${concern}: ${level} in a ${room}, else ${user}`,
            );
          }
        }
      }
    }
  },
);

t.test('a muted room tells of nothing until then, a quiet user is told of nothing at all', async (t) => {
  const outside = new Set<Concern>(['invite', 'notice']);
  for (const concern of concerns) {
    for (const mutedUntil of [later, silentForGood]) {
      const muted = notifies(of(concern, 'all', 'group', { level: 'all', mutedUntil }));
      t.equal(muted, outside.has(concern) ? concern : 'none', `${concern} in a room that is muted`);
    }
    t.equal(notifies(of(concern, 'all', 'group', { mutedUntil: nowMs })), concern, 'the mute has ended');
    const quiet = (quietUntil: number) =>
      ({ ...of(concern, 'all', 'group'), user: { level: 'all', quietUntil } }) as const;
    t.equal(notifies(quiet(later)), 'none');
    t.equal(notifies(quiet(silentForGood)), 'none');
    t.equal(notifies(quiet(nowMs)), concern, 'the quiet has ended');
  }
});

t.test(
  'nobody is told of his own, of what he has read, of whom a block parts him from, of a room that he left',
  async (t) => {
    for (const level of notifyLevels) {
      for (const concern of concerns) {
        const asked = of(concern, level, 'group');
        for (const flag of ['isOwn', 'isBlocked', 'isRead'] as const) {
          t.equal(notifies({ ...asked, [flag]: true }), 'none', `${concern} at ${level}: ${flag}`);
        }
        const { room: _, ...left } = asked;
        const stays = (concern === 'invite' && level !== 'none') || concern === 'notice';
        t.equal(notifies(left), stays ? concern : 'none', `${concern} at ${level} in no room`);
      }
    }
  },
);
