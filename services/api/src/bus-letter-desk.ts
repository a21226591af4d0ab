import type { Commands } from '@gapless/shared/bus';
import type { Letter, LetterDesk } from './domain/admin/letter-office.ts';

/** Any log worker answers. */
export function createBusLetterDesk(commands: () => Commands): LetterDesk {
  const orNone = <T>(answer: unknown): T | undefined => (answer as T | null) ?? undefined;
  return {
    page: async (asked) => (await commands().call('letters.page', asked)) as Letter[],
    find: async (id) => orNone<Letter & { raw: string }>(await commands().call('letters.find', { id })),
    retry: async (id) => orNone<{ written: boolean }>(await commands().change('letters.retry', { id })),
    discard: async (id) => (await commands().change('letters.discard', { id })) === true,
  };
}
