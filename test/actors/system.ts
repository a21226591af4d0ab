import type { Config } from '@gapless/shared/config';
import type { LocalSystem } from '@gapless/shared/local';
import type { Teardown } from '@gapless/shared/testing';
import { startSystem } from '@gapless/shared/testing';

/** Cheap passwords and no rate limits: what the limits do has tests of its own. */
const everyone: Partial<Config> = { ackTimeoutMs: 500 };
const api: Partial<Config> = {
  passwordMemoryKib: 64,
  passwordPasses: 1,
  loginsPerMinute: 100_000,
  requestsPerMinute: 1_000_000,
};
const edge: Partial<Config> = {
  framesPerSecond: 100_000,
  frameBurst: 100_000,
  userSendsPerSecond: 100_000,
  userSendBurst: 100_000,
};

export interface SystemShape {
  readonly apis?: number;
  readonly edges?: number;
  readonly workers?: number;
  readonly settings?: {
    readonly everyone?: Partial<Config>;
    readonly api?: Partial<Config>;
    readonly edge?: Partial<Config>;
    readonly 'log-worker'?: Partial<Config>;
  };
}

export function aSystem(t: Teardown, { settings = {}, ...shape }: SystemShape = {}): Promise<LocalSystem> {
  return startSystem(t, {
    ...shape,
    settings: {
      everyone: { ...everyone, ...settings.everyone },
      api: { ...api, ...settings.api },
      edge: { ...edge, ...settings.edge },
      'log-worker': { leaseMs: 2_000, ...settings['log-worker'] },
    },
  });
}

export const urlsOf = (system: LocalSystem): string[] => system.edges.map(({ url }) => url);

export const textsOf = (who: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${who} says ${n} 안녕 👋`);
