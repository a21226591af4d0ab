/** Talks in one room: `show` gets each message once, in order, `missed(after, upTo)` what to page. Returns `send(text)`. */
function chat({ url, token, room, show, missed }) {
  const unanswered = new Map(); // i → { frame, done, failed }
  let [socket, ready, heard, last, cursor, gen, pause, ahead] = [undefined, false, 0, 0, 0, '', 500, 0];
  const say = (frame) => socket.send(JSON.stringify(frame));
  const dated = (ms) => ms.toString(16).padStart(12, '0').replace(/.{8}/, '$&-');
  const clientId = () => `${dated(Date.now() + ahead)}-7${crypto.randomUUID().slice(15)}`; // a UUIDv7 by the server's clock
  function receive(frame) {
    const waiting = unanswered.get(frame.i);
    heard = Date.now();
    if (frame.t === 'hi') {
      [ready, pause, ahead] = [true, 500, frame.now - heard];
      if (frame.gen !== gen) [gen, cursor] = [frame.gen, 0]; // numbers of another installation mean nothing
      for (const { frame } of unanswered.values()) say(frame); // the same `c`: stored once
    } else if (frame.t === 'err' && frame.retry && waiting) setTimeout(() => ready && say(waiting.frame), frame.retry);
    else if (waiting && unanswered.delete(frame.i)) (frame.t === 'ok' ? waiting.done : waiting.failed)(frame);
    else if (frame.code === 'bad_cursor') cursor = 0;
    else if (frame.r === room) {
      const at = frame.t === 'live' || 'p' in frame ? frame.s : frame.to; // signals have neither
      if (!(at > cursor)) return;
      if (cursor > 0 && (frame.p ?? at) > cursor) missed(cursor, frame.p ?? at);
      cursor = at;
      if (frame.t === 'msg') show(frame);
    }
  }
  async function connect() {
    const [tok, resume] = [await token(), cursor > 0 ? { since: { [room]: cursor }, gen } : {}];
    socket = new WebSocket(url, ['gapless.v1']);
    socket.onopen = () => say({ t: 'hello', i: ++last, tok, rooms: [room], ...resume });
    socket.onmessage = ({ data }) => receive(JSON.parse(data));
    socket.onclose = ({ code }) => {
      [ready, pause] = [false, Math.min(pause * 2, 30_000)];
      if (code < 4400) setTimeout(connect, pause * (0.5 + Math.random() / 2));
    };
  }
  setInterval(() => ready && (Date.now() - heard < 60_000 ? say({ t: 'ping' }) : socket.close()), 25_000);
  connect();
  return (text) =>
    new Promise((done, failed) => {
      const frame = { t: 'send', i: ++last, r: room, c: clientId(), b: { text } };
      unanswered.set(frame.i, { frame, done, failed });
      if (ready) say(frame);
    });
}
