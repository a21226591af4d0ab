import { demoAddressOf, demoNames, demoPassword } from '@gapless/shared/schema';
import { Refusal } from './refusal.ts';
import { createRest, type Rest, requireSuccess } from './rest.ts';
import type { DemoAccount, RunFile } from './run-file.ts';

export const demoAccounts: readonly DemoAccount[] = demoNames.map((name) => ({
  name,
  email: demoAddressOf(name),
  password: demoPassword,
}));

const lobby = 'Lobby';
const mostPages = 20;

interface Room {
  readonly id: string;
  readonly number: number;
  readonly name?: string;
}

/** Demo users who share one room, made through the public API. Repeating it changes nothing. */
export async function seedDemoData(apiUrl: string): Promise<RunFile['room']> {
  const rest = createRest(apiUrl);
  const tokens: string[] = [];
  for (const account of demoAccounts) tokens.push(await tokenOf(rest, account));
  const [owner = ''] = tokens;
  const found = await findLobby(rest, tokens);
  const room =
    found ?? requireSuccess('making the demo room', await rest.post<Room>('/v1/rooms', { name: lobby }, owner));
  for (const token of tokens) {
    if ((await lobbyOf(rest, token)) !== undefined) continue;
    requireSuccess('joining the demo room', await rest.post(`/v1/rooms/${room.id}/join`, {}, token));
  }
  return { id: room.id, number: room.number, name: lobby };
}

/** Logs in first: on every start but the first the account is there. */
async function tokenOf(rest: Rest, { name, email, password }: DemoAccount): Promise<string> {
  const known = await rest.post<{ accessToken: string }>('/v1/auth/login', { email, password });
  if (known.status !== 401) return requireSuccess(`logging in as ${name}`, known).accessToken;
  const made = await rest.post<{ accessToken?: string }>('/v1/auth/signup', { email, nickname: name, password });
  const { accessToken } = requireSuccess(`making the demo account ${name}`, made);
  if (accessToken === undefined)
    throw new Refusal('The demo accounts have no mailbox: start with GAPLESS_EMAIL_VERIFICATION=optional');
  return accessToken;
}

async function findLobby(rest: Rest, tokens: readonly string[]): Promise<Room | undefined> {
  for (const token of tokens) {
    const room = await lobbyOf(rest, token);
    if (room !== undefined) return room;
  }
  return undefined;
}

async function lobbyOf(rest: Rest, token: string): Promise<Room | undefined> {
  let path = '/v1/rooms';
  for (let page = 0; page < mostPages; page++) {
    const answer = await rest.get<{ items: Room[]; next?: string }>(path, token);
    const { items, next } = requireSuccess('listing rooms', answer);
    const room = items.find(({ name }) => name === lobby);
    if (room !== undefined || next === undefined) return room;
    path = `/v1/rooms?cursor=${encodeURIComponent(next)}`;
  }
  return undefined;
}
