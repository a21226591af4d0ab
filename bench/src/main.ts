import { quick, quickRows } from './quick.ts';

const [run, ...names] = process.argv.slice(2);
const rows = quickRows.filter((row) => names.includes(row));
if (run !== 'quick' || rows.length !== names.length) {
  console.error(`usage: node bench/dist/src/main.js quick [${quickRows.join('] [')}]`);
  process.exit(64);
}
// What was started is ended by the guardian, whatever ends this process.
process.once('SIGINT', () => process.exit(130));
process.exit((await quick(rows.length === 0 ? quickRows : rows)) ? 0 : 1);
