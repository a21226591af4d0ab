import type { Revocations, RevocationsFollowing } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type RevocationRecord, tellRevocation } from '@gapless/shared/outbox';
import { backoffMs, type Clock, type Logger, sleep } from '@gapless/shared/runtime';
import { type Revocation, revocationId, type UserId } from '@gapless/shared/schema';

/**
 * Sees to it that the edges can read every revocation that still counts: it tells those whose maker died, and puts back what
 * the store of NATS lost or never had. While MongoDB is away what it has read of them before is put back.
 */
export interface RevocationKeeper {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Throws a `Failure` unless every revocation was found, or put, where the edges read since the last interruption. */
  expectSecured(): void;
}

export interface RevocationKeeperDeps {
  readonly revocations: Revocations;
  readonly record: RevocationRecord;
  readonly clock: Clock;
  readonly logger: Logger;
}

const pauseMs = 250;
const forgetsMs = 60_000;
const pace = { firstMs: pauseMs, maxMs: 2_000 };
const toldAtOnce = 200;
const readDeadlineMs = 10_000;
const lookMs = 20;

export function createRevocationKeeper({ revocations, record, clock, logger }: RevocationKeeperDeps): RevocationKeeper {
  const known = new Map<string, Revocation>();
  const newestEpochs = new Map<UserId, number>();
  let following: RevocationsFollowing | undefined;
  let securedBehind: number | undefined;
  let hasReadRecord = false;
  let forgotAt = clock.now();

  const counts = (revocation: Revocation): boolean => revocation.until > clock.now();

  const remember = (revocation: Revocation): void => {
    if (!counts(revocation)) return;
    known.set(revocationId(revocation), revocation);
    if (revocation.kind !== 'user') return;
    const { user, epoch } = revocation;
    newestEpochs.set(user, Math.max(newestEpochs.get(user) ?? 0, epoch));
  };

  function forgetEnded(): void {
    forgotAt = clock.now();
    for (const [id, revocation] of known) {
      if (counts(revocation)) continue;
      known.delete(id);
      if (revocation.kind === 'user' && !isOutdated(revocation)) newestEpochs.delete(revocation.user);
    }
  }

  async function readRecord(): Promise<void> {
    try {
      let page = await record.page();
      for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
        for (const revocation of page) remember(revocation);
        page = await record.page(revocationId(last));
      }
      hasReadRecord = true;
    } catch (error) {
      const isAway = error instanceof Failure && error.kind === 'store_unavailable';
      if (!isAway || !hasReadRecord) throw error;
    }
  }

  /** What the edges can read now, from its beginning: it may be another place than a moment ago. */
  async function readKept(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const kept = new Set<string>();
    const revoked = (revocation: Revocation) => void kept.add(revocationId(revocation));
    const reading = revocations.follow({ revoked });
    try {
      for (const end = clock.now() + readDeadlineMs; !reading.isCurrent(); ) {
        if (clock.now() > end || signal.aborted)
          throw new Failure('log_unavailable', { detail: 'REVOKE was not read' });
        await sleep(lookMs, signal);
      }
      return kept;
    } finally {
      reading.stop();
    }
  }

  async function secure(behind: number, signal: AbortSignal): Promise<void> {
    await revocations.ensure();
    const kept = await readKept(signal);
    await readRecord();
    forgetEnded();
    const lost = [...known.values()].filter((one) => !kept.has(revocationId(one)) && !isOutdated(one));
    for (const revocation of lost) await revocations.publish(revocation);
    if (lost.length > 0) logger.warn({ count: lost.length }, 'revocations put back');
    securedBehind = behind;
  }

  /** Of a user who was disabled again the later word is enough, and the only one that is kept. */
  function isOutdated(revocation: Revocation): boolean {
    return revocation.kind === 'user' && revocation.epoch < (newestEpochs.get(revocation.user) ?? 0);
  }

  /** An older word that is told late would take the place of the later one. */
  async function tellUntold(): Promise<void> {
    const untold = await record.untold(toldAtOnce);
    for (const revocation of untold) remember(revocation);
    for (const revocation of untold) {
      if (isOutdated(revocation)) await record.noteTold(revocation);
      else await tellRevocation({ revocations, record }, revocation);
    }
  }

  async function round(followed: RevocationsFollowing, signal: AbortSignal): Promise<void> {
    const behind = followed.interruptions;
    if (!followed.isAway() && securedBehind !== behind) await secure(behind, signal);
    await tellUntold();
    // Without an interruption nobody else does.
    if (clock.now() - forgotAt >= forgetsMs) forgetEnded();
  }

  return {
    async run(signal) {
      const followed = revocations.follow({ revoked: remember });
      following = followed;
      for (let failures = 0; !signal.aborted; ) {
        try {
          await round(followed, signal);
          failures = 0;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (failures++ % 10 === 3) logger.warn({ err: error }, 'revocations not secured or told yet');
        }
        await sleep(backoffMs(failures, pace), signal);
      }
      followed.stop();
    },
    expectSecured() {
      const isSecured = following !== undefined && following.interruptions === securedBehind;
      if (!isSecured) throw new Failure('log_unavailable', { detail: 'revocations are not secured yet', retryMs: 200 });
    },
  };
}
