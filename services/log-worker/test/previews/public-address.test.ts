import t from 'tap';
import { isPublicAddress, mayConnect } from '../../src/previews/public-address.ts';

for (const address of [
  ...['0.0.0.0', '0.1.2.3', '10.1.2.3', '100.64.0.1', '100.100.100.200', '100.127.255.255', '127.0.0.1', '127.9.9.9'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.168.1.1', '198.18.0.1', '198.19.255.255'],
  ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1', '224.0.0.1', '239.1.1.1', '240.0.0.1'],
  ...['255.255.255.255', '168.63.129.16'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0a00:1', '::127.0.0.1', '64:ff9b::7f00:1'],
  ...['64:ff9b:1::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '100::1'],
  ...['2001::1', '2001:10::1', '2001:20::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '5f00::1', '4000::1'],
  ...['', 'localhost', '1', '127.1', '0x7f000001', '2130706433', '10.0.0.1:80', '[::1]'],
]) {
  t.test(`${JSON.stringify(address)} is no address of the public Internet`, async (t) => {
    t.equal(isPublicAddress(address), false);
  });
}

t.test('others are', async (t) => {
  for (const address of ['1.1.1.1', '8.8.8.8', '100.63.0.1', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.0.3.1']) {
    t.equal(isPublicAddress(address), true, address);
  }
  for (const address of ['2606:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2003::1']) {
    t.equal(isPublicAddress(address), true, address);
  }
});

t.test('only the ports of the web are asked', async (t) => {
  t.ok(mayConnect('1.1.1.1', 80) && mayConnect('1.1.1.1', 443));
  for (const port of [0, 22, 25, 4222, 8080, 27017]) t.notOk(mayConnect('1.1.1.1', port), String(port));
  t.notOk(mayConnect('127.0.0.1', 443));
});
