import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { ForeignIdentity, ForeignTokens } from '@gapless/shared/tokens';
import type { Identity } from './access-token.ts';
import type { Revoked } from './revoked.ts';

export interface ForeignIdentities {
  isForeign(token: string): boolean;
  /** `undefined` for who may not be here. Rejects with a code of `unavailable` or `busy` while that cannot be told. */
  identify(token: string): Promise<Identity | undefined>;
}

export interface ForeignIdentitiesDeps {
  readonly tokens: ForeignTokens;
  readonly commands: Pick<Commands, 'call'>;
  readonly revoked: Pick<Revoked, 'covers'>;
  /** Measures how old an answer is. */
  readonly clock: Clock;
}

interface Known {
  readonly user: UserId;
  readonly epoch: number;
  readonly at: number;
}

const mostKnown = 10_000;
const mostAsked = 500;
/** Much shorter than a revocation is remembered: nobody outlives here what was said of him. */
const freshMs = 60_000;

/** People of other issuers: who they are here only the api knows. Many who come at once cost one question each. */
export function createForeignIdentities({
  tokens,
  commands,
  revoked,
  clock,
}: ForeignIdentitiesDeps): ForeignIdentities {
  const known = new Map<string, Known>();
  const asked = new Map<string, Promise<Known>>();

  async function resolve(key: string, { issuer: iss, subject: sub, nickname: nick }: ForeignIdentity): Promise<Known> {
    const at = clock.now();
    const question = { iss, sub, ...(nick === undefined ? {} : { nick }) };
    const { u: user, ep: epoch } = (await commands.call('identity.resolve', question)) as { u: UserId; ep: number };
    const found = { user, epoch, at };
    known.delete(key);
    known.set(key, found);
    const [oldest] = known.keys();
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
    return found;
  }

  function ask(key: string, person: ForeignIdentity): Promise<Known> {
    const under = asked.get(key);
    if (under !== undefined) return under;
    if (asked.size >= mostAsked) throw new Failure('busy', { retryMs: 1_000 });
    const asking = resolve(key, person).finally(() => asked.delete(key));
    asked.set(key, asking);
    return asking;
  }

  /** What is remembered, unless it is old or a later epoch was heard of. */
  function remembered(key: string, person: ForeignIdentity): Identity | undefined {
    const found = known.get(key);
    if (found === undefined || clock.now() - found.at > freshMs) return undefined;
    const identity = identityOf(person, found);
    return revoked.covers(identity) ? undefined : identity;
  }

  return {
    isForeign: tokens.isForeign,
    async identify(token) {
      const person = await tokens.verify(token);
      if (person === undefined) return undefined;
      const key = JSON.stringify([person.issuer, person.subject]);
      try {
        const identity = remembered(key, person) ?? identityOf(person, await ask(key, person));
        return revoked.covers(identity) ? undefined : identity;
      } catch (error) {
        if (error instanceof Failure && error.kind === 'account_disabled') return undefined;
        throw error;
      }
    },
  };
}

const identityOf = ({ session, expiresAt }: ForeignIdentity, { user, epoch }: Known): Identity => ({
  user,
  sid: session,
  epoch,
  expiresAt,
});
