/**
 * The api as a process that kills itself with SIGKILL at one point of a change's way: `commit` (state is written, nothing is
 * published), `publish` (the log has it, the bucket does not), `access` (the bucket has it, the outbox row still stands).
 */
import { type Bus, connectNatsBus } from '@gapless/shared/bus';
import { runService, type ServiceContext } from '@gapless/shared/runtime';
import { createApi } from '../../src/app.ts';

const point = process.argv[2];
const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};

const dying = (bus: Bus): Bus => ({
  ...bus,
  log: {
    ...bus.log,
    append: async (event) => {
      if (point === 'commit') return die();
      const appended = await bus.log.append(event);
      return point === 'publish' ? die() : appended;
    },
  },
  revocations: {
    ...bus.revocations,
    publish: async (revocation) => {
      if (point === 'commit') return die();
      await bus.revocations.publish(revocation);
      if (point === 'publish') await die();
    },
  },
  access: {
    ...bus.access,
    write: async (user, rooms, revision) => {
      const written = await bus.access.write(user, rooms, revision);
      return point === 'access' && written ? die() : written;
    },
  },
});

await runService('api', (context: ServiceContext) =>
  createApi(context, {
    connectBus: async (signal) =>
      dying(await connectNatsBus(context.config, { name: 'api', logger: context.logger, signal })),
  }),
);
