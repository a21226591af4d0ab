/** Talks in one room: `show` gets each message once, in order, `missed` what to page, `answered` each reply, `ended` why it gave up. */
function chat({ url, token, room, show, missed, answered, ended }) {
  const outbox = []; // only the first one is under way: they are stored in the order in which they were written
  let [socket, ready, silent, n, since, gen, pause] = [undefined, false, 0, 0, {}, undefined, 500];
  const sayFirst = (to = socket) => to === socket && ready && outbox[0] && to.send(JSON.stringify(outbox[0]));
  const connect = () => token().then(open).catch(closed);
  function open(tok) {
    [socket, silent] = [new WebSocket(url, ['gapless.v1']), 0];
    socket.onopen = () => socket.send(JSON.stringify({ t: 'hello', i: 0, tok, rooms: [room], since, gen }));
    socket.onmessage = ({ data }) => receive(JSON.parse(data));
    socket.onclose = closed;
  }
  function closed({ code }) {
    [ready, pause] = [false, Math.min(pause * 2, 30_000)];
    if (code >= 4400) ended({ code });
    else setTimeout(connect, pause * (0.5 + Math.random() / 2));
  }
  function receive(frame) {
    const at = frame.t === 'live' || 'p' in frame ? frame.s : frame.to; // signals have neither
    silent = 0;
    if (frame.t === 'hi') {
      [ready, pause, gen, since] = [true, 500, frame.gen, frame.gen === gen ? since : {}]; // void under another `gen`
      sayFirst(); // with the same `c` as before the cut: stored once
    } else if (frame.t === 'err' && !ready) {
      socket.onclose = () => (frame.retry ? setTimeout(connect, frame.retry) : ended(frame));
      socket.close();
    } else if (outbox[0] && frame.i === outbox[0].i) {
      if (frame.retry) return setTimeout(sayFirst, Math.min(frame.retry, 60_000), socket);
      answered(frame, outbox.shift());
      sayFirst();
    } else if (frame.code === 'bad_cursor') since = {};
    else if (frame.r === room && at > (since[room] ?? 0)) {
      if (since[room] < (frame.p ?? at)) missed(since[room], frame.p ?? at);
      since[room] = at;
      if (frame.t === 'msg') show(frame);
    }
  }
  setInterval(() => (silent++ > 0 ? socket?.close() : ready && socket.send('{"t":"ping"}')), 10_000);
  connect();
  return (text) => outbox.push({ t: 'send', i: ++n, r: room, c: crypto.randomUUID(), b: { text } }) === 1 && sayFirst();
}
