import type { Commands } from '@gapless/shared/bus';
import type { ClientFrameOf } from '@gapless/shared/protocol';
import type { FoundFiles, NewBody, UserId } from '@gapless/shared/schema';

/** Files that messages carry. */
export interface MessageFiles {
  /**
   * What the files are that a message names, by the api, which keeps them for it from then on. Repeated it is the same. Rejects with
   * `not_found` for what is not its sender's own.
   */
  take(user: UserId, message: ClientFrameOf<'send'>): Promise<FoundFiles>;
}

export function createMessageFiles({ commands }: { readonly commands: Pick<Commands, 'call'> }): MessageFiles {
  return {
    take: async (user, { r, c, b: { files = [] } }) => {
      if (files.length === 0) return [];
      return (await commands.call('files.take', { u: user, r, c, f: files })) as FoundFiles;
    },
  };
}

/** To compare with what was stored, of which the ids decide. */
export const unknownFiles = ({ files = [] }: NewBody): FoundFiles =>
  files.map((id) => ({ id, name: '', type: '', size: 0 }));
