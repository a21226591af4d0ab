/** `npm run sizing`: the tables of docs/sizing.md, or the sizes for a workload of one's own. */
import { examples, inputsTable, sizesTable } from './tables.ts';

const words = process.argv.slice(2);
const [connections = 0, sendsPerMinute = 0, audience = 0] = words.map(Number);
if (words.length === 0) console.log(`${inputsTable()}\n\n${sizesTable(examples)}`);
else if (words.length === 3 && connections > 0 && sendsPerMinute > 0 && audience >= 1)
  console.log(sizesTable([{ connections, sendsPerMinute, audience }]));
else {
  console.error('usage: npm run sizing [-- <connections> <messages a user and minute> <sockets that hear one>]');
  process.exit(64);
}
