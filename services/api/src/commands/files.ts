import { maxInlineImageBytes } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { type ClientId, newId } from '@gapless/shared/schema';
import type { FileAccess } from '../domain/files/file-access.ts';
import type { FileLink, Variant } from '../domain/files/file-links.ts';
import { isPicture, typeOf } from '../domain/files/file-type.ts';
import type { TakeUpload } from '../domain/files/uploads.ts';
import type { FindMessage } from '../domain/messages/find-message.ts';
import type { MessageSending } from '../domain/messages/message-sending.ts';
import type { Handler, Handlers } from './handler.ts';
import { showStored } from './show.ts';

export interface FileDeps {
  readonly fileAccess: FileAccess;
  readonly takeUpload: TakeUpload;
  readonly findMessage: FindMessage;
  readonly messageSending: Pick<MessageSending, 'send' | 'mayWrite'>;
}

export const fileHandlers = ({ fileAccess }: FileDeps): Handlers<'files.link' | 'messages.file'> => ({
  'files.link': async ({ user }, { file, thumb }) => showLink(await fileAccess.own(user, file, variantOf(thumb))),
  'messages.file': async ({ user }, { thumb, ...at }) =>
    showLink(await fileAccess.ofMessage(user, at, variantOf(thumb))),
});

/** Refused as a message is before the image is looked at; the image and the message are made under the same client id. */
export const sendImage =
  ({ takeUpload, findMessage, messageSending }: FileDeps): Handler<'messages.sendImage'> =>
  async ({ user }, { room, image, name, text = '', thread, clientId = newId<never>() as ClientId }) => {
    await messageSending.mayWrite(user, room);
    const bytes = Buffer.from(image, 'base64');
    if (bytes.byteLength > maxInlineImageBytes) {
      throw new Failure('file_too_large', { detail: `An image in a request may have ${maxInlineImageBytes} bytes` });
    }
    const type = typeOf(bytes);
    if (type === undefined || !isPicture(type)) throw new Failure('file_unfit', { detail: 'This is no image' });
    const first = await findMessage({ room, user, kind: 'msg', clientId });
    const isDeleted = first !== undefined && (JSON.parse(first.raw) as { del?: 1 }).del === 1;
    // Its image may be gone with it, and is not taken in again.
    if (isDeleted) return { room, ...showStored({ seq: first.seq, at: first.at.getTime(), duplicate: true }) };
    const file = await takeUpload({ user, name, clientId, bytes: once(bytes) });
    const sent = await messageSending.send({ room, user, clientId, body: { text, files: [file.id] }, answers: thread });
    return { room, ...showStored(sent) };
  };

const variantOf = (thumb: boolean | undefined): Variant => (thumb === true ? 'thumb' : 'whole');

const showLink = ({ url, until }: FileLink) => ({ url, until: until.toISOString() });

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
