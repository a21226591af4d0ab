import { find, isAt } from './bytes.ts';
import type { Heard, Wrapping } from './wrapping.ts';

const dataHead = Buffer.from('{"data":');
const contentHead = Buffer.from('"content":');
/** Ends the message around its content. */
const tailBytes = 2;
const ids = { hi: 'hi', login: 'login', sub: 'sub' } as const;
export const protocolVersion = '0.25';
const codes = { accepted: 202, refused: 400 } as const;

/** How Tinode answers. */
export interface Control {
  readonly id?: string;
  readonly code: number;
  readonly text: string;
}

/** JSON of Tinode's protocol, one message a frame. Its server makes the content anew, keys in order: only the body is sent. */
export const tinode: Wrapping = {
  numbered: false,
  addressed: false,
  clientBegins: true,
  hello: (secret, topic) =>
    [
      { hi: { id: ids.hi, ver: protocolVersion } },
      { login: { id: ids.login, scheme: 'token', secret } },
      ...(topic === undefined ? [] : [{ sub: { id: ids.sub, topic } }]),
    ].map((message) => JSON.stringify(message)),
  send: (frame, i) => {
    const { r: topic, b } = JSON.parse(frame);
    return JSON.stringify({ pub: { id: String(i), topic, content: { b } } });
  },
  read: (bytes, start, end, heard) => {
    if (isAt(bytes, start, dataHead)) return data(bytes, start, end, heard);
    const { ctrl } = JSON.parse(bytes.toString('utf8', start, end)) as { readonly ctrl?: Control };
    // Who came and went is told as well.
    if (ctrl !== undefined) control(ctrl, heard);
  },
};

function data(bytes: Buffer, start: number, end: number, heard: Heard): void {
  const head = find(bytes, start, end, contentHead);
  if (head === undefined) heard.frame({ t: 'err', code: 'a message without content' });
  else heard.event(bytes, head + contentHead.length, end - tailBytes);
}

function control({ id, code, text }: Control, heard: Heard): void {
  if (code >= codes.refused) return heard.frame({ t: 'err', code: `${code} ${text}` });
  if (code === codes.accepted) return heard.acknowledged(Number(id));
  if (id === ids.login) heard.frame({ t: 'hi' });
  if (id === ids.sub) heard.frame({ t: 'live' });
}
