import { Failure } from '@gapless/shared/errors';
import t from 'tap';
import { readRoomName, roomNameKey } from '../../src/domain/rooms/room-names.ts';

t.test('a name keeps what can be seen of it', async (t) => {
  t.equal(readRoomName('  Lobby \n of\tus '), 'Lobby of us');
  t.equal(readRoomName('pay\u202epal\u2066'), 'paypal', 'nothing turns the direction of what stands beside it');
  t.equal(readRoomName('a\u200bd\u200cm\u200di\u2060n\ufeff\u00ad'), 'admin', 'nothing hides between letters');
  t.equal(readRoomName('nul\u0000 and esc\u001b[1m'), 'nul and esc[1m');
  t.equal(readRoomName('half \ud83d a smile'), 'half a smile');
  t.equal(readRoomName('가족 방'.normalize('NFD')), '가족 방');
});

t.test('emoji, and scripts that need joiners, stay as they are', async (t) => {
  for (const name of ['👨‍👩‍👧 family', '🏳️‍🌈', '👩🏽‍💻 work', 'می‌خواهم', 'ක්‍රීඩා']) t.equal(readRoomName(name), name);
});

t.test('a name of which nothing can be seen is none', async (t) => {
  for (const name of ['\u200b', '\u2066\u2069', '\u3164\u3164', ' \u0007 ']) {
    t.throws(
      () => readRoomName(name),
      new Failure('invalid_request', { detail: 'A room needs a name that can be seen' }),
    );
  }
});

t.test('names that people read as the same have one key', async (t) => {
  t.equal(roomNameKey('ＬＯＢＢＹ'), roomNameKey('lobby'));
  t.equal(roomNameKey('Straße 1'), roomNameKey('straße\u00a01'));
});
