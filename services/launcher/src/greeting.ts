import type { RunFile } from './run-file.ts';

/** What a newcomer reads when everything is up. */
export function greeting(run: RunFile): string {
  const { accounts, room } = run;
  return [
    '',
    'Gapless is running.',
    '',
    `  REST API   ${run.api}`,
    `  API docs   ${run.docs}`,
    `  Admin API  ${run.admin}`,
    ...(run.outbox === undefined ? [] : [`  Mails      ${run.outbox}`]),
    ...run.edges.map((url, n) => `  ${n === 0 ? 'WebSocket' : '         '}  ${url}`),
    '',
    `  Demo accounts (password ${accounts[0]?.password}), all in room "${room.name}" (number ${room.number}):`,
    ...accounts.map(({ email }) => `    ${email}`),
    '',
    'Try next, in two other terminals:',
    ...accounts.slice(0, 2).map(({ name }) => `  make chat AS=${name}`),
    '',
    'Ctrl-C stops everything; `make reset` clears the data.',
    '',
  ].join('\n');
}
