import t from 'tap';
import { createDispatcher, type DispatcherDeps, newQuietRow } from '../../src/outbox/index.ts';
import { silentLogger } from '../../src/runtime/index.ts';
import { newId, type RoomId, type UserId } from '../../src/schema/index.ts';

t.test(
  'edges are told of access that changed without an event, behind the change and before the row goes',
  async (t) => {
    const room = newId<RoomId>();
    const users = [newId<UserId>(), newId<UserId>()];
    let rows = [{ ...newQuietRow({ room, ver: 2, users }), ageMs: 0 }];
    const steps: string[] = [];
    const no = () => t.fail('not for this') as never;
    const deps: DispatcherDeps = {
      log: { append: no, read: no, readRoom: no },
      outbox: {
        waiting: async () => rows,
        has: async () => false,
        remove: async () => {
          steps.push('removed');
          rows = [];
        },
        noteSwept: no,
        leftBehind: no,
        oldestAgeMs: no,
        count: no,
        lease: async () => true,
        release: async () => undefined,
      },
      memberships: { landed: no, endAll: no, endedBy: no },
      persisted: { watermark: no, seqOf: no },
      access: { projectAll: async (us) => void steps.push(`projected ${us.length}`) },
      accessChanged: (user) => void steps.push(`told ${users.indexOf(user)}`),
      flags: { project: no },
      settings: { duplicateWindowMs: 120_000, roomStreams: 1 },
      logger: silentLogger(),
    };
    await createDispatcher(deps).dispatch(room);
    t.same(steps, ['projected 2', 'told 0', 'told 1', 'removed']);
  },
);
