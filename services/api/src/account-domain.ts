import type { Config } from '@gapless/shared/config';
import type { Clock } from '@gapless/shared/runtime';
import { isDemoAddress, revocationLifeMs } from '@gapless/shared/schema';
import { createArgonPasswords } from './argon-passwords.ts';
import { createAccounts } from './domain/accounts/accounts.ts';
import { createAttempts } from './domain/accounts/attempts.ts';
import { createCredentials } from './domain/accounts/credentials.ts';
import { createEmailProof } from './domain/accounts/email-proof.ts';
import { createLogIn } from './domain/accounts/log-in.ts';
import { createSessions } from './domain/accounts/sessions.ts';
import { createSignUp } from './domain/accounts/sign-up.ts';
import type { TellRevocation } from './domain/accounts/tell-revocation.ts';
import type { Mailing } from './mailing.ts';
import { createAccountChanges } from './repositories/account-changes.ts';
import { createAccountStore } from './repositories/accounts.ts';
import { createAttemptStore } from './repositories/attempts.ts';
import { createEmailTokenStore } from './repositories/email-tokens.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createSessionStore } from './repositories/sessions.ts';

/** Who people are, and how they show it: accounts, passwords, sessions, addresses. */
export function createAccountDomain(deps: {
  readonly config: Config;
  readonly clock: Clock;
  readonly mongo: Mongo;
  readonly mailing: Mailing;
  readonly tell: TellRevocation;
}) {
  const { config, clock, mailing, tell } = deps;
  const { db, client } = deps.mongo;
  const revokedForMs = revocationLifeMs(config.accessTokenMs);
  const accountStore = createAccountStore(client, db, revokedForMs);
  const passwords = createArgonPasswords(config);
  const attempts = createAttempts({ store: createAttemptStore(db), clock, perMinute: config.loginsPerMinute });
  const changes = mailing.ringing(createAccountChanges(client, db, revokedForMs));
  const sessions = createSessions({
    store: createSessionStore(client, db, revokedForMs),
    accounts: accountStore,
    changes,
    clock,
    lifeMs: config.refreshTokenMs,
    tell,
  });
  const isClosed = (email: string) => config.nodeEnv === 'production' && isDemoAddress(email);
  const verification = config.emailVerification === 'required' ? 'required' : 'optional';
  const proof = createEmailProof({ tokens: mailing.tokens, clock });
  const tokens = createEmailTokenStore(db);
  const proving = { store: accountStore, tokens, changes, proof, passwords, attempts, clock };
  return {
    accountStore,
    isClosed,
    attempts,
    accounts: createAccounts({ store: accountStore, clock, tell, isClosed }),
    sessions,
    logIn: createLogIn({ store: accountStore, sessions, passwords, attempts, verification, isClosed }),
    signUps: createSignUp({ ...proving, verification, isClosed }),
    credentials: createCredentials({ ...proving, tell }),
  };
}
