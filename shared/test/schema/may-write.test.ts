import t from 'tap';
import {
  type MayWrite,
  mayWrite,
  mutedForGood,
  type RoomAccess,
  type RoomFlags,
  slowSeconds,
} from '../../src/schema/index.ts';

const now = 1_000_000;
const member: RoomAccess = { role: 'member', ver: 1, since: 1 };
const moderator: RoomAccess = { ...member, role: 'moderator' };
const owner: RoomAccess = { ...member, role: 'owner' };
const flags = (of: Partial<RoomFlags>): RoomFlags => ({ ver: 1, ...of });
const said = (answer: MayWrite): string => (answer.may ? 'yes' : answer.why);

t.test('who may write, and who may take back what he wrote', async (t) => {
  const cases: [string, RoomAccess | undefined, RoomFlags | undefined, add: string, takeBack: string][] = [
    ['a member of a room of which nothing was said', member, undefined, 'yes', 'yes'],
    ['a stranger', undefined, undefined, 'not_member', 'not_member'],
    ['anybody in a room that is gone', owner, flags({ gone: 1 }), 'not_member', 'not_member'],
    ['a member of a frozen room', member, flags({ frozen: 1 }), 'frozen', 'frozen'],
    ['a moderator of a frozen room', moderator, flags({ frozen: 1 }), 'yes', 'yes'],
    ['an owner of a frozen room', owner, flags({ frozen: 1 }), 'yes', 'yes'],
    ['an owner of an archived room', owner, flags({ archived: 1, frozen: 1 }), 'archived', 'archived'],
    ['somebody muted', { ...member, mute: now + 1 }, undefined, 'muted', 'yes'],
    ['somebody who was muted until now', { ...member, mute: now }, undefined, 'yes', 'yes'],
    ['somebody muted in a frozen room', { ...member, mute: now + 1 }, flags({ frozen: 1 }), 'frozen', 'frozen'],
    ['one of two of whom one has blocked the other', { ...owner, blk: 1 }, undefined, 'blocked', 'yes'],
    ['a member of a slow room', member, flags({ slow: 30 }), 'yes', 'yes'],
  ];
  for (const [who, access, of, add, takeBack] of cases) {
    t.equal(said(mayWrite(access, of, now)), add, `${who} adds`);
    t.equal(said(mayWrite(access, of, now, 'take_back')), takeBack, `${who} takes back`);
  }
});

t.test('who is muted hears when it ends, if it does', async (t) => {
  t.same(mayWrite({ ...member, mute: now + 500 }, undefined, now), { may: false, why: 'muted', retryMs: 500 });
  t.same(mayWrite({ ...member, mute: mutedForGood }, undefined, now), { may: false, why: 'muted' });
});

t.test('slow mode is for members only', async (t) => {
  t.equal(slowSeconds(member, flags({ slow: 30 })), 30);
  t.equal(slowSeconds(moderator, flags({ slow: 30 })), 0);
  t.equal(slowSeconds(owner, flags({ slow: 30 })), 0);
  t.equal(slowSeconds(member, undefined), 0);
});
