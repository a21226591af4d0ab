import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, loadConfig } from '../config/index.ts';
import { createMongods, createNatsServers } from './engine-sets.ts';
import { type FoundEngines, findEngines } from './engines/index.ts';
import { freePorts } from './free-port.ts';
import type { LocalProgram, Supervisor } from './local-program.ts';
import type { MongoEngine } from './mongo-engine.ts';
import type { NatsEngine } from './nats-engine.ts';
import { createServiceProgram, type ServiceKind, type ServiceOptions, type ServiceProgram } from './service-program.ts';
import { ensureSigningKey, type SigningKeyFiles } from './signing-key-files.ts';

export interface LocalService extends ServiceProgram {
  /** Where clients reach it: `http://…` of an api, `ws://…/ws` of an edge. */
  readonly url: string;
}

export interface LocalApi extends LocalService {
  /** Where admins and back ends reach it. */
  readonly adminApiUrl: string;
}

export interface LocalSystem extends SigningKeyFiles {
  /** The first of `natsServers`. */
  readonly nats: NatsEngine;
  readonly natsServers: readonly NatsEngine[];
  /** The first of `mongods`. */
  readonly mongo: MongoEngine;
  readonly mongods: readonly MongoEngine[];
  /** Reaches whichever of `mongods` is primary. */
  readonly mongoUrl: string;
  /** The first of `apis`. */
  readonly api: LocalApi;
  readonly apis: readonly LocalApi[];
  readonly edges: readonly LocalService[];
  readonly workers: readonly ServiceProgram[];
  /** Ends everything in order: who takes work first, who keeps it last. */
  close(): Promise<void>;
}

export interface LocalSystemOptions {
  /** Holds stores, keys and logs; what is there is used again. */
  readonly dir: string;
  readonly apis?: number;
  readonly edges?: number;
  readonly workers?: number;
  /** Several make a cluster. */
  readonly natsServers?: number;
  /** Several make one replica set. */
  readonly mongods?: number;
  /** Left out or too few: free ones. */
  readonly ports?: { readonly [K in 'apis' | 'adminApis' | 'edges' | 'natsServers']?: readonly number[] };
  readonly settings?: { readonly [K in ServiceKind | 'everyone']?: Partial<Config> };
  /** Variables for a kind of service, handed on as they are. */
  readonly env?: { readonly [K in ServiceKind]?: Readonly<Record<string, string>> };
  /** Programs to run in place of a service's own `main.js`, as tests do. */
  readonly scripts?: { readonly [K in ServiceKind]?: string };
  /** Given, engines are not looked for. */
  readonly engines?: FoundEngines;
  readonly supervisor?: Supervisor;
  /** Runs each long step; a launcher shows its title meanwhile. */
  readonly step?: Step;
}

export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const silently: Step = (_title, work) => work();

/** A whole Gapless on this machine, as processes; each keeps its address over a restart. */
export async function startLocalSystem(options: LocalSystemOptions): Promise<LocalSystem> {
  const { step = silently } = options;
  const engines = options.engines ?? (await findEngines(loadConfig('launcher')));
  const system = await plan(options, engines);
  const { natsServers, mongods, apis, edges, workers } = system;
  const close = async () => {
    for (const together of [edges, apis, workers, natsServers, mongods])
      await Promise.all(together.map((one) => one.stop()));
  };
  try {
    await step('starting NATS and MongoDB', () => startAll([...natsServers, ...mongods]));
    // The log worker makes the streams that the others wait for.
    await step('starting log worker, api and edges', () => startAll([...workers, ...apis, ...edges]));
  } catch (error) {
    await close();
    throw error;
  }
  return { ...system, close };
}

async function startAll(programs: readonly LocalProgram[]): Promise<void> {
  const outcomes = await Promise.allSettled(programs.map((program) => program.start()));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function plan(options: LocalSystemOptions, engines: FoundEngines): Promise<Omit<LocalSystem, 'close'>> {
  const { dir, apis = 1, edges = 2, workers = 1, ports } = options;
  const { natsServers: natsCount = 1, mongods: mongoCount = 1 } = options;
  if (apis < 1) throw new RangeError('a system needs an api');
  const spare = await freePorts(2 * natsCount + mongoCount + 3 * apis + 2 * edges + workers);
  const take = () => spare.pop() as number;
  const supervised = options.supervisor === undefined ? {} : { supervisor: options.supervisor };
  const natsServers = createNatsServers({
    program: engines.natsServer.path,
    dir,
    ports: times(natsCount, (n) => ports?.natsServers?.[n] ?? take()),
    routePorts: times(natsCount, take),
    ...supervised,
  });
  const mongoPorts = times(mongoCount, take);
  const { mongods, url: mongoUrl } = createMongods({
    program: engines.mongod.path,
    dir,
    ports: mongoPorts,
    ...supervised,
  });
  const keys = ensureSigningKey(join(dir, 'keys'));

  const reach: Partial<Config> = { natsUrls: natsServers.map(({ url }) => url) };
  const stores: Partial<Config> = { ...reach, mongoUrl };
  const service = (kind: ServiceKind, name: string, settings: Partial<Config>): ServiceProgram =>
    createServiceProgram({
      ...common(options, kind, settings),
      ...{ service: kind, name, root, logDir: join(dir, 'logs'), adminPort: take(), ...supervised },
    });
  const api = (n: number): LocalApi => {
    const [apiPort, adminApiPort] = [ports?.apis?.[n] ?? take(), ports?.adminApis?.[n] ?? take()];
    const settings = { ...stores, apiPort, adminApiPort, signingKeyFile: keys.signingKeyFile };
    const [url, adminApiUrl] = [`http://127.0.0.1:${apiPort}`, `http://127.0.0.1:${adminApiPort}`];
    return { ...service('api', `api-${n + 1}`, settings), url, adminApiUrl };
  };
  const edge = (n: number): LocalService => {
    const edgePort = ports?.edges?.[n] ?? take();
    const settings = { ...reach, edgePort, jwksFile: keys.jwksFile };
    return { ...service('edge', `edge-${n + 1}`, settings), url: `ws://127.0.0.1:${edgePort}/ws` };
  };
  const allApis = times(apis, api);
  return {
    ...keys,
    nats: natsServers[0] as NatsEngine,
    natsServers,
    mongo: mongods[0] as MongoEngine,
    mongods,
    mongoUrl,
    api: allApis[0] as LocalApi,
    apis: allApis,
    edges: times(edges, edge),
    workers: times(workers, (n) => service('log-worker', `log-worker-${n + 1}`, stores)),
  };
}

/** What a caller sets goes over what the system needs to hang together only where it says so. */
function common(
  options: LocalSystemOptions,
  kind: ServiceKind,
  settings: Partial<Config>,
): Pick<ServiceOptions, 'env' | 'settings' | 'script'> {
  const script = options.scripts?.[kind];
  return {
    ...(script !== undefined && { script }),
    env: options.env?.[kind] ?? {},
    settings: { ...settings, ...options.settings?.everyone, ...options.settings?.[kind] },
  };
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
