import { readFileSync } from 'node:fs';
import type { EventRow } from '../actors/record.ts';
import { must, type Outcome, run } from './program.ts';

/** What the tests need to know of the stack that `run.mjs` brought up; they read it from the file that STACK_FILE names. */
export interface StackPlan {
  readonly compose: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly authorityFile: string;
  readonly images: Readonly<Record<string, string>>;
  readonly serviceImage: string;
  readonly secrets: string;
  readonly project: string;
  readonly root: string;
  /** Python that knows HTTP/3. */
  readonly python: string;
}

export interface Container {
  readonly id: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly state: string;
  /** `healthy`, or empty where nothing checks. */
  readonly health: string;
}

export interface Stack extends StackPlan {
  readonly https: string;
  readonly wss: string;
  docker(...args: string[]): Promise<string>;
  tryDocker(...args: string[]): Promise<Outcome>;
  composeUp(...args: string[]): Promise<string>;
  /** Standard output of a program in a container of that service. */
  exec(service: string, command: readonly string[], input?: string): Promise<string>;
  containers(service: string): Promise<Container[]>;
  inspect(id: string): Promise<Container>;
  /** As a crash does it, not as an operator: the daemon has to bring it back by itself. */
  kill9(container: Container): Promise<void>;
  /** Resolves with the seconds until the container runs again, healthy where that is checked. */
  isBack(killed: Container): Promise<number>;
  untilHealthy(services: readonly string[], deadlineMs?: number): Promise<void>;
  /** Rows of a room as MongoDB's primary holds them. */
  rows(room: string): Promise<EventRow[]>;
  /** Name of the NATS server that leads each stream, and how many copies it has. */
  streams(): Promise<ReadonlyMap<string, { leader: string; replicas: number }>>;
  /** The member that is primary. */
  primary(): Promise<string>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const allServices = [
  ...['proxy', 'edge', 'api', 'log-worker'],
  ...['nats-1', 'nats-2', 'nats-3', 'mongo-1', 'mongo-2', 'mongo-3'],
] as const;

/** Runs in a service's container, where the driver and the address of MongoDB are. */
const mongoScript = (work: string) => `
  import { readFileSync } from 'node:fs';
  import { MongoClient } from 'mongodb';
  const client = new MongoClient(readFileSync('/run/secrets/mongo-url', 'utf8').trim());
  const answer = await (async () => { ${work} })();
  process.stdout.write(JSON.stringify(answer));
  await client.close();
`;

export const theStack = (): Stack =>
  openStack(JSON.parse(readFileSync(process.env['STACK_FILE'] ?? '', 'utf8')) as StackPlan);

export function openStack(plan: StackPlan): Stack {
  const options = { env: { ...process.env, ...plan.env }, cwd: plan.root, timeoutMs: 180_000 };
  const [composeProgram = '', ...composeArgs] = plan.compose;
  const docker = (...args: string[]) => must('docker', args, options);
  const compose = (...args: string[]) => must(composeProgram, [...composeArgs, ...args], options);
  const exec: Stack['exec'] = (service, command, input) =>
    must(composeProgram, [...composeArgs, 'exec', '-T', service, ...command], {
      ...options,
      ...(input !== undefined && { input }),
    });
  const askMongo = async <T>(work: string): Promise<T> =>
    JSON.parse(await exec('log-worker', ['node', '--input-type=module'], mongoScript(work))) as T;

  const inspect = async (id: string): Promise<Container> => {
    const [found] = JSON.parse(await docker('inspect', id)) as [{ Id: string; State: State }];
    const { Pid: pid, StartedAt: startedAt, Status: state, Health } = found.State;
    return { id: found.Id, pid, startedAt, state, health: Health?.Status ?? '' };
  };
  const containers = async (service: string): Promise<Container[]> =>
    Promise.all((await compose('ps', '--all', '--quiet', service)).trim().split('\n').map(inspect));

  const isWell = ({ state, health }: Container) => state === 'running' && (health === '' || health === 'healthy');
  return {
    ...plan,
    https: `https://localhost:${plan.port}`,
    wss: `wss://localhost:${plan.port}/ws`,
    docker,
    tryDocker: (...args) => run('docker', args, options),
    composeUp: compose,
    exec,
    inspect,
    containers,
    async kill9({ pid }) {
      process.kill(pid, 'SIGKILL');
    },
    async isBack(killed) {
      const since = Date.now();
      for (const end = since + 120_000; Date.now() < end; await pause(250)) {
        const now = await inspect(killed.id);
        if (now.startedAt !== killed.startedAt && isWell(now)) return (Date.now() - since) / 1_000;
      }
      throw new Error(`${killed.id} did not come back: ${JSON.stringify(await inspect(killed.id))}`);
    },
    async untilHealthy(services, deadlineMs = 180_000) {
      for (const end = Date.now() + deadlineMs; ; await pause(500)) {
        const found = await Promise.all(services.map(async (service) => [service, await containers(service)] as const));
        const unwell = found.filter(([, all]) => !all.every(isWell)).map(([service]) => service);
        if (unwell.length === 0) return;
        if (Date.now() > end) throw new Error(`not healthy in time: ${unwell.join(', ')}`);
      }
    },
    rows: (room) =>
      askMongo(`return client.db('gapless').collection('events')
        .find({ r: '${room}' }, { readConcern: { level: 'majority' }, projection: { at: 0, cur: 0 } })
        .sort({ _id: 1 }).toArray();`),
    async streams() {
      const text = await exec('nats-1', ['wget', '-qO-', 'http://127.0.0.1:8222/jsz?accounts=1&streams=1&config=1']);
      const { account_details: accounts } = JSON.parse(text) as {
        account_details: { stream_detail: StreamDetail[] }[];
      };
      const details = accounts.flatMap(({ stream_detail: streams }) => streams);
      return new Map(
        details.map(({ name, config, cluster }) => [
          name,
          { leader: cluster.leader ?? '', replicas: config.num_replicas },
        ]),
      );
    },
    primary: async () =>
      (await askMongo<string>(`return (await client.db('gapless').command({ hello: 1 })).primary;`)).split(':')[0] ??
      '',
  };
}

interface State {
  readonly Pid: number;
  readonly StartedAt: string;
  readonly Status: string;
  readonly Health?: { readonly Status: string };
}

interface StreamDetail {
  readonly name: string;
  readonly config: { readonly num_replicas: number };
  readonly cluster: { readonly leader?: string };
}
