import { type CommandName, type Contract, commandsOf, doorOf, scopes } from '@gapless/shared/commands';
import type { LocalSystem } from '@gapless/shared/local';
import { call, type Person, roomOf, signUp } from '../actors/person.ts';
import { openDatabase } from '../actors/record.ts';
import type { Random } from '../guarantee/random.ts';
import type { Known } from './from-schema.ts';
import { knownOf } from './known.ts';

/** What is asked for at one listener, and by whom. */
export interface FuzzedDoor {
  readonly port: number;
  readonly table: readonly (readonly [CommandName, Contract])[];
  readonly known: Known;
  /** Header lines that say who asks. */
  credentials(contract: Contract, random: Random): readonly string[];
}

/** They would end what the run needs. */
const ending =
  /^rooms\.(delete|deleteAny|leave|archive|freeze|freezeAny|handOver|remove|removeMember|ban|banMember|mute)$|^users\.disable$/;
/** Of an account that is nobody's: his session may end, his password change. */
const ofAccounts = /^(auth|sessions)\.|^me\..*(Password|Email)$/;

const bearer = (token: string): string => `authorization: Bearer ${token}`;

/** Users with all that is theirs, whoever has no session or is about to lose it, admins and back ends with a key. */
export async function openDoors(system: LocalSystem): Promise<readonly FuzzedDoor[]> {
  const { url, adminApiUrl } = system.api;
  const [user, throwaway, admin] = await Promise.all([aGround(url), signUp(url), signUp(url)]);
  const ground = await aGround(url);
  const key = await aKeyOf(system, admin);
  const publicPort = Number(new URL(url).port);
  const known = commandsOf('public').filter(([name]) => !ending.test(name));
  return [
    {
      port: publicPort,
      table: known.filter(([name]) => !ofAccounts.test(name)),
      known: user.known,
      credentials: () => [bearer(user.person.token)],
    },
    {
      port: publicPort,
      table: known.filter(([name]) => ofAccounts.test(name)),
      known: knownOfAccount(throwaway),
      credentials: () => [bearer(throwaway.token)],
    },
    {
      port: Number(new URL(adminApiUrl).port),
      table: commandsOf('admin').filter(([name]) => !ending.test(name)),
      known: ground.known,
      credentials: (contract, random) => {
        const isStoodFor = doorOf(contract) === 'public' ? !random.chance(0.05) : random.chance(0.05);
        const who = bearer(random.chance(isStoodFor ? 0.95 : 0.5) ? key : admin.token);
        return isStoodFor ? [who, `gapless-as: ${ground.person.id}`] : [who];
      },
    },
  ];
}

async function aGround(api: string): Promise<{ readonly person: Person; readonly known: Known }> {
  const people = await Promise.all([signUp(api), signUp(api)]);
  const [person, other] = people as [Person, Person];
  const mine = await Promise.all([roomOf(person, other), roomOf(person)]);
  const foreign = await roomOf(other);
  const rooms = mine.map(({ id }) => id);
  return { person, known: knownOf(people, rooms, foreign.id) };
}

function knownOfAccount({ email, password, refreshToken }: Person): Known {
  let made = 0;
  const of: Readonly<Record<string, (random: Random) => unknown>> = {
    email: (random) => (random.chance(0.5) ? email : `made-${++made}@test.example`),
    nickname: () => `made-${process.pid}-${++made}`,
    refreshToken: () => refreshToken,
    password: () => password,
    currentPassword: () => password,
  };
  return (name, random) => (Object.hasOwn(of, name) ? of[name]?.(random) : undefined);
}

async function aKeyOf(system: LocalSystem, admin: Person): Promise<string> {
  const endings: (() => unknown)[] = [];
  try {
    const db = await openDatabase({ teardown: (end) => void endings.push(end) }, system);
    await db.collection<{ _id: string }>('users').updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  } finally {
    for (const end of endings) await end();
  }
  const asked = { name: 'a back end', scopes };
  const path = '/v1/admin/keys';
  const { status, body } = await call<{ secret: string }>(system.api.adminApiUrl, 'POST', path, asked, admin.token);
  if (status !== 201) throw new Error(`making a key answered ${status}: ${JSON.stringify(body)}`);
  return body.secret;
}
