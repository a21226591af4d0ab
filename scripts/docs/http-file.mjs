/** The requests as one `.http` file, as editors send them. */
import { unquoted } from './postman.mjs';
import { requestFolders, variables } from './requests.mjs';

const nameOf = (operation) => operation.replace('.', '_');

export function httpFile(openApi) {
  const folders = requestFolders(openApi);
  const head = Object.entries(variables).map(([name, value]) => `@${name} = ${value}`);
  const sections = folders.flatMap(({ name, requests }) => [`###\n\n# ${name}`, ...requests.map(requestText)]);
  return `# Every request of the public REST API, for editors that send .http files (VS Code's REST Client and others).
# The admin listener describes its own at /docs and /openapi.json (docs/operations.md, "Admins").
# Written by scripts/write-docs.mjs from the OpenAPI document. Send those of the first part first: the others name their answers.

${head.join('\n')}

${sections.join('\n\n')}
`;
}

function requestText({ name, operation, method, path, query, headers, body, file, needsToken, captures }) {
  const asks = query.filter(({ isShown }) => isShown).map(({ key, value }) => `${key}=${value}`);
  const id = captures.user === undefined ? nameOf(operation) : 'other';
  const kept = Object.entries(captures).filter(() => operation !== 'auth.refresh');
  return [
    `### ${name} (${operation})`,
    ...(kept.length === 0 ? [] : [`# @name ${id}`]),
    `${method} {{baseUrl}}${path}${asks.length === 0 ? '' : `?${asks.join('&')}`}`,
    ...(needsToken ? ['Authorization: Bearer {{accessToken}}'] : []),
    ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
    ...(body === undefined ? [] : ['Content-Type: application/json', '', unquoted(JSON.stringify(body, null, 2))]),
    ...(file === undefined ? [] : formLines(file)),
    ...(kept.length === 0
      ? []
      : ['', '###', '', ...kept.map(([key, place]) => `@${key} = {{${id}.response.body.$.${place}}}`)]),
  ].join('\n');
}

function formLines({ field, name, type, text }) {
  const boundary = 'a-boundary';
  return [
    `Content-Type: multipart/form-data; boundary=${boundary}`,
    '',
    `--${boundary}`,
    `Content-Disposition: form-data; name="${field}"; filename="${name}"`,
    `Content-Type: ${type}`,
    '',
    text,
    `--${boundary}--`,
  ];
}
