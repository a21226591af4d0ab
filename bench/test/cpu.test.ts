import t from 'tap';
import { busyMsOf, cpuMsOf, rssBytesOf } from '../src/cpu.ts';

t.test('CPU time is read behind a name that holds anything', async (t) => {
  const numbers = 'S 1 2 3 0 -1 4194560 100 0 0 0 1234 56 7 8 20 0 11 0 5000';
  t.equal(cpuMsOf(`42 (node) ${numbers}`), 12_900);
  t.equal(cpuMsOf(`42 (a) S 9 (b ) ${numbers}`), 12_900);
});

t.test('memory is read from the status', async (t) => {
  t.equal(rssBytesOf('Name:\tnode\nVmHWM:\t  9999 kB\nVmRSS:\t  2048 kB\nThreads:\t11\n'), 2 * 1024 ** 2);
  t.equal(rssBytesOf('Name:\tkthreadd\n'), 0, 'a kernel thread has none');
});

t.test('a machine is busy with everything but idling and waiting for disks', async (t) => {
  t.equal(busyMsOf('cpu  100 10 50 9000 700 5 15 20 30 0\ncpu0 1 2 3\n'), 2_000);
});
