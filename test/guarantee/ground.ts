import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '@gapless/shared/config';
import { freePorts, type LocalSystem, startLocalSystem } from '@gapless/shared/local';
import { type Alterations, alter, alterationsVariable, engines } from '@gapless/shared/testing';
import { type Fates, startLiveProxy } from './live-proxy.ts';

/** A whole system whose edges hear NATS through proxies, and whose processes can be altered. */
export interface Ground {
  readonly system: LocalSystem;
  readonly dir: string;
  alter(program: { readonly adminUrl: string }, alterations: Alterations): void;
  close(): Promise<void>;
}

export interface GroundOptions {
  /** Holds stores and logs. */
  readonly dir: string;
  readonly apis?: number;
  readonly edges?: number;
  readonly workers?: number;
  /** Three NATS servers and three mongods in place of one each. */
  readonly cluster?: boolean;
  readonly settings?: Partial<Config>;
  readonly fates: Fates;
}

const program = (service: string, name: string): string =>
  fileURLToPath(new URL(`../../../services/${service}/dist/test/guarantee/${name}.js`, import.meta.url));

/** What is rare in a day comes often in a minute: rings and replays are small, and the log lets go of events soon. */
const everyone: Partial<Config> = { ackTimeoutMs: 500, logLevel: 'info' };
const edge: Partial<Config> = {
  ...{ framesPerSecond: 100_000, frameBurst: 100_000, userSendsPerSecond: 100_000, userSendBurst: 100_000 },
  ...{ socketsPerUser: 1_000, pendingPerAddress: 1_000, ringEvents: 24, replayEvents: 60, roomLingerMs: 2_000 },
};
const api: Partial<Config> = {
  ...{ passwordMemoryKib: 64, passwordPasses: 1, loginsPerMinute: 100_000, requestsPerMinute: 1_000_000 },
  accessTokenMs: 7 * 86_400_000,
};
const worker: Partial<Config> = { leaseMs: 2_000, trimAgeMs: 30_000, trimIntervalMs: 3_000 };

export async function startGround(options: GroundOptions): Promise<Ground> {
  const { dir, apis = 1, edges = 2, workers = 1, cluster = false, fates } = options;
  const members = cluster ? 3 : 1;
  const alterations = join(dir, 'alterations');
  mkdirSync(alterations, { recursive: true });
  const natsPorts = await freePorts(members);
  const proxies = await Promise.all(natsPorts.map((target) => startLiveProxy({ target, fates })));
  const env = { [alterationsVariable]: alterations };
  const system = await startLocalSystem({
    ...{ dir, apis, edges, workers, natsServers: members, mongods: members, engines: await engines() },
    ports: { natsServers: natsPorts },
    env: { edge: env, 'log-worker': env },
    scripts: { edge: program('edge', 'altered-edge'), 'log-worker': program('log-worker', 'altered-worker') },
    settings: {
      everyone: { ...everyone, ...options.settings },
      api: { ...api, ...(cluster && { accessReplicas: members }) },
      edge: { ...edge, natsUrls: proxies.map(({ url }) => url) },
      'log-worker': { ...worker, ...(cluster && { accessReplicas: members, streamReplicas: members }) },
    },
  });
  return {
    system,
    dir,
    alter: ({ adminUrl }, how) => alter(alterations, Number(new URL(adminUrl).port), how),
    close: async () => {
      await system.close();
      for (const proxy of proxies) await proxy.close();
    },
  };
}
