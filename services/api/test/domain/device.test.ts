import t from 'tap';
import { deviceName } from '../../src/domain/accounts/device.ts';

t.test('a device is one bounded line without anything hidden', async (t) => {
  t.equal(deviceName('Ada’s phone'), 'Ada’s phone');
  t.equal(deviceName('  Mozilla/5.0\r\n\t(X11)  '), 'Mozilla/5.0 (X11)');
  t.equal(deviceName('a\u202eb\u200bc\0d\u2028e'), 'a b c d e');
  t.equal([...(deviceName('😀'.repeat(500)) ?? '')].length, 100);
  t.equal(deviceName('half \ud83d of one'), 'half of one');
  t.equal(deviceName('전화'.normalize('NFD')), '전화');
  for (const nothing of [undefined, '', ' \n', '\u200b']) t.equal(deviceName(nothing), undefined);
});
