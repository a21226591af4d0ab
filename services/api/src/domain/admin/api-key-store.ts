import type { Scope } from '@gapless/shared/commands';
import type { ApiKeyId } from '@gapless/shared/schema';
import type { Makings } from '../once.ts';
import type { Actor } from './actor.ts';

export interface ApiKey {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** As `actorText` says it. */
  readonly by: string;
  readonly createdAt: Date;
  readonly until?: Date;
  /** Of the last hour in which it was used. */
  readonly usedAt?: Date;
  readonly revokedAt?: Date;
}

export interface ApiKeyChange {
  readonly makings: Makings;
  /** Whether he is an admin still, or a key not revoked. What ends that comes before this change, or finds its key. */
  stillMay(by: Actor): Promise<boolean>;
  add(key: ApiKey, hash: string): Promise<void>;
}

export interface ApiKeyStore {
  /** All of `work` or nothing. It may run more than once. */
  run<T>(work: (change: ApiKeyChange) => Promise<T>): Promise<T>;
  /** With the hash of its secret. */
  find(id: ApiKeyId): Promise<{ readonly key: ApiKey; readonly hash: string } | undefined>;
  /** The newest first. */
  list(page: { readonly below: ApiKeyId | undefined; readonly limit: number }): Promise<ApiKey[]>;
  /** `false`: no such key. The first time stands. */
  revoke(id: ApiKeyId, at: Date): Promise<boolean>;
  noteUsed(id: ApiKeyId, at: Date): Promise<void>;
}
