import { helloFrame, isEvent, scanOk } from './message.ts';
import type { Wrapping } from './wrapping.ts';

/** Frames as they are: docs/protocol.md. */
export const plain: Wrapping = {
  numbered: true,
  addressed: true,
  clientBegins: true,
  hello: (token, room) => [helloFrame(token, room)],
  send: (frame) => frame,
  read: (bytes, start, end, heard) => {
    if (isEvent(bytes, start)) return heard.event(bytes, start, end);
    const i = scanOk(bytes, start);
    if (i >= 0) heard.acknowledged(i);
    else heard.frame(JSON.parse(bytes.toString('utf8', start, end)));
  },
};
