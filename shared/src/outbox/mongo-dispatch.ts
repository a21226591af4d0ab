import type { Db } from 'mongodb';
import { accessChangedSignal, type Bus } from '../bus/index.ts';
import type { Settings } from '../config/index.ts';
import type { Logger, Metrics } from '../runtime/index.ts';
import type { UserId } from '../schema/index.ts';
import { type AccessProjection, createAccessProjection } from './access-projection.ts';
import { createDispatcher, type Dispatcher, type DispatcherDeps } from './dispatcher.ts';
import { createFlagProjection, type FlagProjection } from './flag-projection.ts';
import { createMongoMemberships } from './mongo-memberships.ts';
import { createMongoOutbox } from './mongo-outbox.ts';
import { createMongoPersisted } from './mongo-persisted.ts';
import { createMongoRoomFlags } from './mongo-room-flags.ts';
import type { Memberships, Outbox } from './outbox.ts';

export interface Dispatch {
  readonly dispatcher: Dispatcher;
  readonly access: AccessProjection;
  readonly flags: FlagProjection;
  readonly outbox: Outbox;
  readonly memberships: Memberships;
}

/** The dispatcher and its parts over one database and one bus, as the api and the log worker both need it. */
export function createMongoDispatch(deps: {
  db: Db;
  bus: Pick<Bus, 'log' | 'access' | 'flags' | 'signals'>;
  settings: Settings<'duplicateWindowMs' | 'roomStreams'>;
  logger: Logger;
  /** A program that nobody scrapes has none. */
  metrics?: Pick<Metrics, 'counter'>;
}): Dispatch {
  const { db, bus, settings, logger, metrics } = deps;
  const refused = metrics?.counter('access_too_large_total');
  const tooLarge = (user: UserId) => {
    logger.error({ user }, 'more rooms than an access entry holds: edges let the user into none');
    refused?.inc();
  };
  const memberships = createMongoMemberships(db);
  const outbox = createMongoOutbox(db);
  const access = createAccessProjection({ access: bus.access, memberships, tooLarge });
  const flags = createFlagProjection({ flags: bus.flags, stored: createMongoRoomFlags(db) });
  const persisted = createMongoPersisted(db);
  const accessChanged: DispatcherDeps['accessChanged'] = (user) => bus.signals.toUser(user, accessChangedSignal);
  const parts = { log: bus.log, outbox, memberships, persisted, access, accessChanged, flags, settings, logger };
  return { dispatcher: createDispatcher(parts), access, flags, outbox, memberships };
}
