/** A Postman collection (v2.1) and its environment. */
import { requestFolders, variables } from './requests.mjs';

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

export function postmanCollection(openApi) {
  const folders = requestFolders(openApi);
  return {
    info: {
      _postman_id: '5b0f3c1e-7d0a-4f0e-9a44-6f3f1f0c2a11',
      name: 'Gapless',
      description:
        'Every request of the public REST API, with the demo accounts of `make run`; the admin listener describes its own at `/docs` and `/openapi.json`, which can be imported as well. Send those of the first folder first: they log in and keep the token and the ids that the others use. Or run all of it.',
      schema,
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{accessToken}}', type: 'string' }] },
    item: folders.map(({ name, requests }) => ({ name, item: requests.map(itemOf) })),
  };
}

export function postmanEnvironment() {
  return {
    id: 'c7a5e7b0-34f1-4c55-8d3e-0c6f5b1d9e22',
    name: 'Gapless on this machine',
    values: Object.entries(variables).map(([key, value]) => ({
      key,
      value,
      type: key === 'password' ? 'secret' : 'default',
      enabled: true,
    })),
    _postman_variable_scope: 'environment',
  };
}

function itemOf(request) {
  const { name, operation, description, method, headers, body, file, needsToken } = request;
  return {
    name: `${name} (${operation})`,
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: testOf(request) } }],
    request: {
      method,
      ...(needsToken ? {} : { auth: { type: 'noauth' } }),
      header: [
        ...Object.entries(headers).map(([key, value]) => ({ key, value })),
        ...(body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }]),
      ],
      url: urlOf(request),
      ...(body === undefined ? {} : { body: rawBody(body) }),
      ...(file === undefined ? {} : { body: formWith(file) }),
      ...(description === undefined ? {} : { description }),
    },
    response: [],
  };
}

const rawBody = (body) => ({
  mode: 'raw',
  raw: unquoted(JSON.stringify(body, null, 2)),
  options: { raw: { language: 'json' } },
});

/** Postman and newman take a file from the folder where they run: this one is the collection itself. */
const formWith = ({ field }) => ({
  mode: 'formdata',
  formdata: [{ key: field, type: 'file', src: 'docs/gapless.postman_collection.json' }],
});

/** Numbers that are variables stand without quotes. */
export const unquoted = (json) => json.replace(/"(\{\{(?:number|sequence)\}\})"/g, '$1');

function urlOf({ path, query }) {
  const shown = query.filter(({ isShown }) => isShown).map(({ key, value }) => `${key}=${value}`);
  return {
    raw: `{{baseUrl}}${path}${shown.length === 0 ? '' : `?${shown.join('&')}`}`,
    host: ['{{baseUrl}}'],
    path: path.slice(1).split('/'),
    ...(query.length === 0
      ? {}
      : {
          query: query.map(({ key, value, description, isShown }) => ({
            ...{ key, value, description },
            ...(isShown ? {} : { disabled: true }),
          })),
        }),
  };
}

/** Keeps what others name, and holds the answer to what the OpenAPI document promises. */
function testOf({ captures, statuses }) {
  const known = statuses.map((status) => JSON.stringify(String(status)));
  const kept = Object.entries(captures).map(
    ([name, place]) => `  pm.environment.set(${JSON.stringify(name)}, answer.${place});`,
  );
  return [
    `const known = [${known.join(', ')}];`,
    "const status = String(pm.response.code), kind = status[0] + 'XX';",
    "pm.test('the status is one that the document names', () => pm.expect(known.includes(status) || known.includes(kind)).to.equal(true));",
    ...(kept.length === 0
      ? []
      : ['if (pm.response.code < 300) {', '  const answer = pm.response.json();', ...kept, '}']),
  ];
}
