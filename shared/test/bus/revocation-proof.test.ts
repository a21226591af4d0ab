import { performance } from 'node:perf_hooks';
import t from 'tap';
import { RevocationProof } from '../../src/bus/revocation-proof.ts';

const end = (last: number, created = 'first') => ({ created, last, isEmpty: last === 0 });

const asked = (proof: RevocationProof, at = performance.now()) => ({
  at,
  interruptions: proof.interruptions,
  read: proof.read,
});

t.test('proven is who has read as far as the end that was asked for', async (t) => {
  const proof = new RevocationProof();
  t.notOk(proof.isProven(), 'nobody was asked');
  proof.heard(2);
  proof.ends(end(3), asked(proof));
  t.notOk(proof.isProven());
  proof.heard(3);
  t.ok(proof.isProven());
  t.ok(new RevocationProof().ends(end(0), asked(proof)), 'an empty place');
});

t.test('a place whose entries all ended has nothing to read', async (t) => {
  const proof = new RevocationProof();
  proof.ends({ created: 'first', last: 40, isEmpty: true }, asked(proof));
  t.ok(proof.isProven());
});

t.test('an answer to a question from before an interruption proves nothing', async (t) => {
  const proof = new RevocationProof();
  const before = asked(proof);
  proof.interrupt();
  proof.ends(end(0), before);
  t.notOk(proof.isProven());
  proof.ends(end(0), asked(proof));
  t.ok(proof.isProven());
});

t.test('what is heard before the answer to an older question comes is no place that was set back', async (t) => {
  const proof = new RevocationProof();
  proof.ends(end(10), asked(proof));
  proof.heard(10);
  const before = asked(proof);
  proof.heard(11);
  t.ok(proof.ends(end(10), before));
  t.ok(proof.isProven());
  t.equal(proof.interruptions, 0);
  t.notOk(proof.ends(end(10), asked(proof)), 'asked since, it is');
});

t.test('a process that stood still knows nothing until it has asked again', async (t) => {
  const proof = new RevocationProof();
  proof.ends(end(0), asked(proof));
  const awake = performance.now() + 2_500;
  t.notOk(proof.isProven(awake), 'before anything else noticed');
  proof.look(awake);
  t.notOk(proof.isProven(awake));
  t.equal(proof.interruptions, 1);
  proof.ends(end(0), asked(proof, awake));
  t.ok(proof.isProven(awake + 10));
});

t.test('whoever does not hear what is kept is not proven for long', async (t) => {
  const proof = new RevocationProof();
  const now = performance.now();
  proof.ends(end(0), asked(proof));
  proof.ends(end(1), asked(proof));
  t.ok(proof.isProven(now + 500), 'it may be on its way');
  t.notOk(proof.isProven(now + 1_500));
  proof.heard(1);
  t.ok(proof.isProven(now + 1_500));
});

t.test('a proof ages', async (t) => {
  const proof = new RevocationProof();
  proof.ends(end(0), asked(proof));
  for (let ms = 0; ms <= 6_000; ms += 500) proof.look(performance.now() + ms);
  t.equal(proof.interruptions, 0);
  t.notOk(proof.isProven(performance.now() + 6_000));
});

t.test('another place, or one that was set back, is read from its beginning', async (t) => {
  for (const other of [end(9, 'second'), end(4)]) {
    const proof = new RevocationProof();
    proof.ends(end(5), asked(proof));
    proof.heard(5);
    t.ok(proof.isProven());
    t.notOk(proof.ends(other, asked(proof)));
    t.notOk(proof.isProven());
    t.equal(proof.interruptions, 1);
    t.ok(proof.ends(other, asked(proof)));
    proof.heard(other.last);
    t.ok(proof.isProven());
  }
});
