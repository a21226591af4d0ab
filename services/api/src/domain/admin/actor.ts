import type { Scope } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { AccountRole, ApiKeyId, UserId } from '@gapless/shared/schema';

/** Who runs the installation, or acts for who does: an admin, who may everything of that, or an API key, by its scopes. */
export type Actor =
  | { readonly kind: 'user'; readonly id: UserId }
  | { readonly kind: 'key'; readonly id: ApiKeyId; readonly scopes: readonly Scope[] };

/** As the audit log names him. */
export const actorText = ({ kind, id }: Actor): string => `${kind}:${id}`;

/** Whoever stands behind what is told of it; of a key its id, which is no user's. */
export const actingId = ({ id }: Actor): UserId => id as string as UserId;

export const mayActOn = (actor: Actor, scope: Scope): boolean => actor.kind === 'user' || actor.scopes.includes(scope);

/** Who may end or take an admin's account may everything. */
export function needScopeOver(actor: Actor, { role }: { readonly role: AccountRole }): void {
  if (role === 'admin') needScope(actor, 'admin:write');
}

export function needScope(actor: Actor, scope: Scope): void {
  if (!mayActOn(actor, scope)) throw new Failure('forbidden', { detail: `The key has no scope ${scope}` });
}
