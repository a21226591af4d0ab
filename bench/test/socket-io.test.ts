import t from 'tap';
import { helloFrame, scanStamp, sendFrame, stampOf } from '../src/load/message.ts';
import { socketIo } from '../src/load/socket-io.ts';
import { heard } from './heard.ts';
import { eventText, liveText, room, unnumbered } from './server-frames.ts';

t.test('Engine.IO opens and pings, and is answered', async (t) => {
  t.strictSame(heard('socket.io', '0{"sid":"a","upgrades":[],"pingInterval":25000}'), [['reply', '40']]);
  t.strictSame(heard('socket.io', '2'), [['reply', '3']]);
  t.strictSame(heard('socket.io', '40{"sid":"b"}'), ['greeted']);
});

t.test('an event is found within what Socket.IO has around it, and its time within the event', async (t) => {
  const event = unnumbered(eventText(1, 0, 1_234_567));
  t.strictSame(heard('socket.io', `42["m",${event}]`), [['event', event]]);
  const bytes = Buffer.from(event);
  t.equal(scanStamp(bytes, 0, bytes.length), 1_234_567);
  t.equal(scanStamp(bytes, 0, bytes.length - 1), -1, 'what ends elsewhere is none');
  t.equal(scanStamp(Buffer.from('{}'), 0, 2), -1);
});

t.test('acknowledgements bear the number of what they answer; the one of hello makes the client live', async (t) => {
  t.strictSame(heard('socket.io', '431234[{"t":"ok","i":1234}]'), [['acknowledged', 1234]]);
  t.strictSame(heard('socket.io', '430[]'), [{ t: 'hi' }, { t: 'live' }]);
});

t.test('what is refused, or unknown, is told', async (t) => {
  for (const text of ['44{"message":"no"}', '41', '1', '42["x",{}]', '6', '']) {
    t.match(heard('socket.io', text), [{ t: 'err' }], text);
  }
});

t.test('a send asks for an acknowledgement only when it is wanted', async (t) => {
  const frame = sendFrame(7, room, 'an id', 1_234_567);
  t.equal(socketIo.send(frame, 7, true), `427["send",${frame}]`);
  t.equal(socketIo.send(frame, 7, false), `42["send",${frame}]`);
  t.strictSame(socketIo.hello('a token', room), [`420["hello",${helloFrame('a token', room)}]`]);
  t.equal(stampOf(JSON.parse(socketIo.send(frame, 7, false).slice(2))[1].b.text), 1_234_567);
});

t.test('plain frames are read as they are', async (t) => {
  const event = eventText(42, 41, 1_234_567);
  t.strictSame(heard('plain', event), [['event', event]]);
  t.strictSame(heard('plain', '{"t":"ok","i":9,"s":42}'), [['acknowledged', 9]]);
  t.strictSame(heard('plain', liveText(3)), [{ t: 'live', r: room, s: 3 }]);
});
