import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Bus, connectNatsBus, type Following } from '@gapless/shared/bus';
import {
  type Clock,
  type Service,
  type ServiceContext,
  sleep,
  steadyClock,
  systemClock,
  version,
} from '@gapless/shared/runtime';
import { createForeignTokens, readTrustedIssuers } from '@gapless/shared/tokens';
import { createAccessTokens } from './access-token.ts';
import { drain } from './drain.ts';
import { createDrainBudget, type DrainBudget } from './drain-budget.ts';
import { createGateway, type Gateway } from './gateway.ts';

export interface Edge extends Service {
  /** Where sockets are accepted, once started. */
  readonly port: number;
}

export interface EdgeDeps {
  readonly connect?: () => Promise<Bus>;
  readonly clock?: Clock;
}

/** Part of the time to stop in which clients are sent elsewhere; the rest is for the bus. */
const drainShare = 0.6;
/** Time for the last close frames to leave. */
const lastFramesMs = 50;

export function createEdge(context: ServiceContext, deps: EdgeDeps = {}): Edge {
  const { config, logger, metrics } = context;
  const { connect = () => connectNatsBus(config, { name: 'edge', logger, metrics }), clock = systemClock } = deps;
  const fullStreams = () => bus?.fullStreams().length ?? 0;
  metrics.gauge('log_full_streams', fullStreams);
  const tokens = createAccessTokens({ jwksFile: config.jwksFile, logger, clock });
  const issuers = readTrustedIssuers(config.trustedIssuersFile);
  const foreignTokens = createForeignTokens({ issuers, logger, clock });
  const edge = randomUUID();
  let bus: Bus | undefined;
  let gateway: Gateway | undefined;
  let drainBudget: DrainBudget | undefined;
  let port = 0;
  let closing = false;
  let orders: Following | undefined;
  const since = clock.now();
  const self = () => {
    const state = closing ? ('draining' as const) : ('serving' as const);
    return { host: `${hostname()}:${port}`, version, since, state };
  };

  const closedFor = (): string | undefined => {
    if (closing) return 'The edge is stopping: connect to another one';
    return bus?.generation() === undefined ? 'The message log is away' : undefined;
  };

  return {
    get port() {
      return port;
    },
    start: async () => {
      logger.info({ servers: config.natsUrls }, 'waiting for NATS');
      const connected = await connect();
      if (closing) return connected.close();
      bus = connected;
      gateway = createGateway(context, { bus, tokens, foreignTokens, clock, edge, closedFor, self });
      const { drainPerSecond: perSecond } = config;
      drainBudget = createDrainBudget({ drains: bus.drains, edge, perSecond, clock: steadyClock });
      orders = bus.drains.ordered((order) => {
        if (order.edge === edge && !closing) context.stop?.('told to drain');
      });
      port = await gateway.listen();
      logger.info({ host: config.edgeHost, port }, 'accepting sockets');
    },
    close: async () => {
      closing = true;
      orders?.stop();
      gateway?.stopListening();
      if (gateway !== undefined && drainBudget !== undefined) {
        const { share } = drainBudget;
        await drain(gateway.sessions(), { budgetMs: config.closeDeadlineMs * drainShare, share });
      }
      drainBudget?.stop();
      await sleep(lastFramesMs);
      gateway?.close();
      await bus?.close();
    },
    obstacles: () => {
      if (bus === undefined) return ['waiting for NATS'];
      const unvouched = bus.generation() === undefined ? ['no log worker has vouched for the log yet'] : [];
      const unknown = gateway?.obstacle();
      return [
        ...(closing ? ['draining'] : []),
        ...unvouched,
        ...(unknown === undefined ? [] : [unknown]),
        ...bus.obstacles(),
      ];
    },
  };
}
