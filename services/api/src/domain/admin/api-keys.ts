import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Scope } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { type ApiKeyId, type ClientId, newId } from '@gapless/shared/schema';
import { once } from '../once.ts';
import { type Actor, actingId, actorText, needScope } from './actor.ts';
import type { ApiKey, ApiKeyStore } from './api-key-store.ts';

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly until?: Date | undefined;
  readonly clientId?: ClientId | undefined;
}

export interface ApiKeys {
  /** With the whole key, which nobody can tell again; without it where the client id had made it before. */
  create(by: Actor, asked: NewApiKey): Promise<ApiKey & { readonly secret?: string }>;
  /** Who shows this; `undefined` for anything but a key that works now. */
  recognise(text: string): Promise<Actor | undefined>;
  get(id: ApiKeyId): Promise<ApiKey>;
  list(page: { readonly below: ApiKeyId | undefined; readonly limit: number }): Promise<ApiKey[]>;
  /** At once; may be repeated. */
  revoke(id: ApiKeyId): Promise<void>;
}

const form = /^gk_([0-9a-hjkmnp-tv-z]{26})_([A-Za-z0-9_-]{43})$/;
const usedWithinMs = 3_600_000;

/** 256 bits of chance need no slow hash. */
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** What an unknown key is compared with, so that it takes as long as a wrong one. */
const nobodys = hashOf('');

/** Whether somebody shows a key, be it a right one. */
export const looksLikeKey = (text: string): boolean => text.startsWith('gk_');

export function createApiKeys({ store, clock }: { store: ApiKeyStore; clock: Clock }): ApiKeys {
  const isAlive = ({ revokedAt, until }: ApiKey): boolean =>
    revokedAt === undefined && (until === undefined || until.getTime() > clock.now());

  async function noteUsed({ id, usedAt }: ApiKey): Promise<void> {
    const now = clock.now();
    if (usedAt === undefined || now - usedAt.getTime() >= usedWithinMs) await store.noteUsed(id, new Date(now));
  }

  async function get(id: ApiKeyId): Promise<ApiKey> {
    const found = await store.find(id);
    if (found === undefined) throw new Failure('not_found', { detail: 'No such key' });
    return found.key;
  }

  return {
    async create(by, { clientId, ...asked }) {
      for (const scope of asked.scopes) needScope(by, scope);
      const now = clock.now();
      const secret = randomBytes(32).toString('base64url');
      const making = clientId && { user: actingId(by), command: 'keys.create' as const, clientId, asked };
      const made = await store.run((change) =>
        once(change.makings, making, now, async () => {
          const { name, scopes, until } = asked;
          if (until !== undefined && until.getTime() <= now)
            throw new Failure('invalid_request', { detail: '`until` has passed' });
          if (!(await change.stillMay(by))) throw new Failure('forbidden', { detail: 'Who asks may no more' });
          const key: ApiKey = {
            ...{ id: newId<ApiKeyId>(now), name, scopes, by: actorText(by), createdAt: new Date(now) },
            ...(until === undefined ? {} : { until }),
          };
          await change.add(key, hashOf(secret));
          return { ...key, secret: `gk_${key.id}_${secret}` };
        }),
      );
      return made.name === undefined ? get(made.id) : (made as ApiKey & { secret: string });
    },
    async recognise(text) {
      const [, id, secret = ''] = form.exec(text) ?? [];
      const found = id === undefined ? undefined : await store.find(id as ApiKeyId);
      const [shown, expected] = [hashOf(secret), found?.hash ?? nobodys].map((hash) => Buffer.from(hash));
      const isRight = timingSafeEqual(shown as Buffer, expected as Buffer) && found !== undefined;
      if (!isRight || !isAlive(found.key)) return undefined;
      await noteUsed(found.key);
      return { kind: 'key', id: found.key.id, scopes: found.key.scopes };
    },
    get,
    list: (page) => store.list(page),
    async revoke(id) {
      if (!(await store.revoke(id, new Date(clock.now())))) throw new Failure('not_found', { detail: 'No such key' });
    },
  };
}
