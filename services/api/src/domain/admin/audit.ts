import type { Contract } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { type ActId, isId, newId, type UserId } from '@gapless/shared/schema';
import { type Actor, actorText } from './actor.ts';
import type { Act, ActPage, AuditStore } from './audit-store.ts';
import { targetsOf } from './audit-targets.ts';

/** What somebody asks for at the admin listener. */
export interface Asked {
  readonly actor: Actor;
  readonly as?: UserId | undefined;
  /** What the log calls it. */
  readonly command: string;
  readonly contract: Pick<Contract, 'parameters'>;
  readonly address: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface Audit {
  /**
   * Notes the act, then carries it out, then notes what came of it: nothing happens that is not noted. Where the last word is
   * missing it may have happened.
   */
  carriedOut<T>(asked: Asked, work: () => Promise<T>): Promise<T>;
  /** What was refused before it began. */
  refused(asked: Asked, error: unknown): Promise<void>;
  list(page: ActPage): Promise<Act[]>;
}

export function createAudit(deps: {
  store: AuditStore;
  clock: Clock;
  keptMs: number;
  /** The outcome of an act could not be noted. */
  failed: (error: unknown) => void;
}): Audit {
  const { store, clock, keptMs, failed } = deps;

  function actOf({ actor, as, command, contract, address, parameters }: Asked): Act {
    const now = clock.now();
    return {
      ...{ id: newId<ActId>(now), actor: actorText(actor), command, address, targets: targetsOf(contract, parameters) },
      ...{ at: new Date(now), until: new Date(now + keptMs) },
      ...(as === undefined ? {} : { as }),
    };
  }

  return {
    async carriedOut(asked, work) {
      const act = actOf(asked);
      await store.begin(act);
      const end = (outcome: string, made?: string) => store.end(act.id, outcome, made).catch(failed);
      try {
        const result = await work();
        await end('done', madeBy(result));
        return result;
      } catch (error) {
        await end(outcomeOf(error));
        throw error;
      }
    },
    refused: (asked, error) => store.begin({ ...actOf(asked), outcome: outcomeOf(error) }),
    list: (page) => store.list(page),
  };
}

const outcomeOf = (error: unknown): string => (error instanceof Failure ? error.kind : 'internal');

/** The id of what an act has made or changed. */
function madeBy(result: unknown): string | undefined {
  const id = typeof result === 'object' && result !== null && 'id' in result ? result.id : undefined;
  return typeof id === 'string' && isId(id) ? id : undefined;
}
