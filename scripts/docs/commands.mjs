/** `docs/api.md`: every command, by the table that they are made from. */
import { commands, permissions, problemsOf, scopeOf, standings, tags } from '@gapless/shared/commands';
import { code, table } from './markdown.mjs';

/** What follows for every command of its kind, and is said once. */
const said = new Set(
  'invalid_request rate_limited store_unavailable internal token_required account_disabled issuer_unavailable body_too_large unsupported_media busy fate_unknown log_unavailable log_full'.split(
    ' ',
  ),
);

function whoMay(name, contract) {
  const { session, door } = contract;
  if (session === 'none') return 'anybody';
  if (session === 'optional') return 'anybody; of a session its own';
  if (door === 'admin') return `admins, keys of ${code(scopeOf(contract))}`;
  const permitted = permissions[name];
  if (permitted === undefined) return 'users';
  return permitted.length === standings.length ? 'users' : permitted.join(', ');
}

export function commandsDocument() {
  const sections = Object.entries(tags).map(([tag, title]) => {
    const own = Object.entries(commands).filter(([, contract]) => contract.tag === tag);
    const rows = own.map(([name, contract]) => [
      code(name),
      code(`${contract.method} /v1${contract.path.replace(/:(\w+)/g, '{$1}')}`),
      contract.summary,
      whoMay(name, contract),
      contract.answer === undefined ? 204 : contract.makes === undefined ? 200 : 201,
      problemsOf(name, contract)
        .filter((kind) => !said.has(kind))
        .map(code)
        .join(', '),
    ]);
    if (rows.length === 0) return '';
    return `## ${title}\n\n${table(['command', 'by REST', 'what', 'who may', 'answers', 'may fail as'], rows)}\n`;
  });
  return `# Commands

<!-- Written by scripts/write-docs.mjs from shared/src/commands: change it there. -->

Every command, by REST and, where a session is needed, over a socket as \`call\` ([protocol.md](protocol.md)); with schemas,
headers and examples in the OpenAPI document that a running api serves at \`/openapi.json\` and shows at \`/docs\`. Paths below
\`/v1/admin\` are served by the admin listener (\`GAPLESS_ADMIN_API_PORT\`), which has a document of its own, and by no other way.

Who may: what one is to the room when he asks. A stranger is no member of a public group; of any other room he is told that there
is none. Who is muted is a member who may not write now. An admin has no rights in rooms.

Any of them may also fail as
${[...said].map(code).join(', ')}. A change of which nothing came back is repeated with the same
\`Idempotency-Key\` (\`clientId\`), where it takes one, and with the same parameters elsewhere.

${sections.filter((section) => section !== '').join('\n')}`;
}
