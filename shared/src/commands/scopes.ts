import type { Contract, Tag } from './contract.ts';

/** What an API key may be for. None implies another. */
export const scopes = [
  'users:read',
  'users:write',
  'rooms:read',
  'rooms:write',
  'messages:read',
  'messages:write',
  'events:write',
  'admin:read',
  'admin:write',
] as const;
export type Scope = (typeof scopes)[number];

type Area = 'users' | 'rooms' | 'messages' | 'admin';

/** Whose scopes the commands of a tag take, where their contract names none; `undefined`: no key reaches them. */
const areas: Readonly<Record<Tag, Area | undefined>> = {
  auth: undefined,
  me: 'users',
  users: 'users',
  rooms: 'rooms',
  members: 'rooms',
  messages: 'messages',
  files: 'messages',
  admin: 'admin',
};

/** The scope that a key needs for a command; `undefined`: it is for people alone. */
export function scopeOf({ scope, session, personal, tag, method }: Contract): Scope | undefined {
  if (session !== undefined || personal === true) return undefined;
  const area = areas[tag];
  return scope ?? (area === undefined ? undefined : `${area}:${method === 'GET' ? 'read' : 'write'}`);
}
