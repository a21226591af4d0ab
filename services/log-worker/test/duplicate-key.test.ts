import t from 'tap';
import { refusingIndex } from '../src/duplicate-key.ts';

t.test('finds the index in the sentence of a server', async (t) => {
  const of = (index: string, key: string) =>
    `E11000 duplicate key error collection: gapless.events index: ${index} dup key: ${key}`;
  t.equal(refusingIndex(of('_id_', '{ _id: "x:0000000000000001" }')), '_id_');
  t.equal(refusingIndex(of('client_id', '{ r: "x", c: "index: op dup key: y" }')), 'client_id');
});

t.test('a sentence that it does not know has none', async (t) => {
  t.equal(refusingIndex('something else'), undefined);
});
