import t from 'tap';
import { networkOf } from '../../src/domain/accounts/network.ts';

t.test('an IPv4 address is itself, however it came in', async (t) => {
  t.equal(networkOf('192.0.2.7'), '192.0.2.7');
  t.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7');
  t.equal(networkOf('::FFFF:192.0.2.7'), '192.0.2.7');
});

t.test('all addresses of an IPv6 network of 64 bits are one', async (t) => {
  const network = networkOf('2001:db8:1:2:3:4:5:6');
  t.equal(network, '2001:db8:1:2::/64');
  for (const address of ['2001:db8:1:2::', '2001:0DB8:0001:0002:ffff::1', '2001:db8:1:2:0:0:0:1%eth0'])
    t.equal(networkOf(address), network, address);
  t.not(networkOf('2001:db8:1:3::1'), network);
  t.equal(networkOf('::1'), '0:0:0:0::/64');
  t.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64');
});

t.test('what is no address is counted together', async (t) => {
  for (const address of ['', 'noise', '1.2.3', '$where']) t.equal(networkOf(address), 'unknown');
});
