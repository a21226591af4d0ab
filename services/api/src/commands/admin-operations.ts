import { pageSize } from '@gapless/shared/commands';
import type { Edges } from '../domain/admin/edges.ts';
import type { LetterOffice } from '../domain/admin/letter-office.ts';
import type { LogState } from '../domain/log/log-state.ts';
import type { Handlers } from './handler.ts';

export interface AdminOperationDeps {
  readonly edges: Edges;
  readonly logState: LogState;
  readonly letters: LetterOffice;
  /** Of this api, by the variables that set them. */
  readonly limits: readonly { readonly variable: string; readonly value: number }[];
}

type EdgeCommand = 'edges.list' | 'edges.drain';
type LetterCommand = 'letters.list' | 'letters.get' | 'letters.retry' | 'letters.discard';

export const adminOperationHandlers = (
  deps: AdminOperationDeps,
): Handlers<EdgeCommand | 'limits.show' | 'log.state' | LetterCommand> => ({
  'edges.list': async () => ({
    items: deps.edges.list().map(({ since, ...edge }) => ({ ...edge, since: new Date(since).toISOString() })),
  }),
  'edges.drain': (_, { edge }) => deps.edges.drain(edge),
  'limits.show': async () => ({ items: [...deps.limits] }),
  'log.state': async () => ({
    items: (await deps.logState()).map(({ heardAt, oldest, ...stream }) => ({
      ...stream,
      heardAt: heardAt.toISOString(),
      ...(oldest === undefined ? {} : { oldest: oldest.toISOString() }),
    })),
  }),
  ...letterHandlers(deps),
});

const letterHandlers = ({ letters }: AdminOperationDeps): Handlers<LetterCommand> => ({
  'letters.list': async (_, { limit = pageSize, cursor }) => letters.page(cursor, limit),
  'letters.get': (_, { letter }) => letters.get(letter),
  'letters.retry': (_, { letter }) => letters.retry(letter),
  'letters.discard': (_, { letter }) => letters.discard(letter),
});
