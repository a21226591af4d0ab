import {
  type CommandName,
  type Contract,
  type Door,
  doorOf,
  exampleOf,
  isExhaustive,
  problemsOf,
} from '@gapless/shared/commands';
import { Failure, type FailureKind, failures } from '@gapless/shared/errors';
import type { TSchema } from 'typebox';
import { type Json, schemaWith } from './openapi-schema.ts';
import { takesQuery } from './request-parameters.ts';

type Named = ReadonlyMap<unknown, string>;

const text = (description: string) => ({ description, schema: { type: 'string' } });
const number = (description: string) => ({ description, schema: { type: 'integer', minimum: 0 } });

const headersOfFiles = {
  'Accept-Ranges': text('`bytes`: a part of it may be asked for with `Range`'),
  'Content-Disposition': text('Its name, and whether it may be shown: everything but images is saved'),
  'Content-Range': text('Which part of how much'),
};

export const headers: Readonly<Record<string, Json>> = {
  ETag: text('The version of what is answered, for `If-Match` and `If-None-Match`'),
  Link: text('The next page, as `rel="next"`; absent: there is no more'),
  Location: text('Where that is what was made'),
  ...headersOfFiles,
  'Retry-After': number('Seconds after which it may be tried again'),
  'WWW-Authenticate': text('`Bearer`'),
  'RateLimit-Limit': number('Requests of this address in a minute'),
  'RateLimit-Remaining': number('How many of them are left'),
  'RateLimit-Reset': number('Seconds until all of them are'),
};

const inHeader = (name: string, description: string, example: string) => ({
  ...{ name, in: 'header', description, example, schema: { type: 'string', minLength: 1, maxLength: 255 } },
});

export const parameters: Readonly<Record<string, Json>> = {
  IdempotencyKey: inHeader(
    'Idempotency-Key',
    'Repeated with the same one it happens once; stands for `clientId`',
    'a-1',
  ),
  IfMatch: inHeader('If-Match', 'Only if its version is one of these; stands for `ifVersion`', '"3"'),
  IfNoneMatch: inHeader('If-None-Match', 'Answers 304 if its version is one of these', '"3"'),
  GaplessAs: {
    ...inHeader('Gapless-As', 'Id of the user in whose name the key asks', '01kahzw8e9f0g1h2j3k4m5n6p7'),
    required: true,
  },
};

export const headersOf = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
export const always = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

export const onBehalf = { $ref: '#/components/parameters/GaplessAs' };

/** A command of users, asked for with a key. */
const isOnBehalf = (contract: Contract, door: Door): boolean => door === 'admin' && doorOf(contract) === 'public';

function securityOf(contract: Contract, door: Door): readonly Json[] {
  const [accessToken, apiKey] = [{ accessToken: [] }, { apiKey: [] }];
  if (door === 'admin') return isOnBehalf(contract, door) ? [apiKey] : [accessToken, apiKey];
  return { none: [], optional: [accessToken, {}], needed: [accessToken] }[contract.session ?? 'needed'];
}

interface Of {
  readonly named: Named;
  readonly door: Door;
}

/** One operation of a listener's document. */
export function operationOf(name: CommandName, contract: Contract, { named, door }: Of): Json {
  const { tag, summary, description } = contract;
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(contract, door),
    parameters: [...parametersOf(name, contract, named), ...(isOnBehalf(contract, door) ? [onBehalf] : [])],
    ...bodyOf(name, contract, named),
    responses: { ...answersOf(name, contract, named), ...problemResponses(name, contract, door) },
  };
}

/** What stands in the path, and what of a command stands elsewhere. */
function placesOf({ path, parameters: { properties, required } }: Contract) {
  const inPath = new Set<string | undefined>(Array.from(path.matchAll(/:(\w+)/g), (found) => found[1]));
  const all = Object.entries(properties as Readonly<Record<string, TSchema>>);
  return {
    inPath: all.filter(([name]) => inPath.has(name)),
    others: all.filter(([name]) => !inPath.has(name)),
    needed: new Set<string>(required ?? []),
  };
}

function parametersOf(name: CommandName, contract: Contract, named: Named): readonly Json[] {
  const { inPath, others, needed } = placesOf(contract);
  const { parameters: example } = exampleOf(name);
  const shown = (place: string) => (entry: [string, TSchema]) => {
    const [key, schema] = entry;
    const { description = key } = schema as { description?: string };
    const required = place === 'path' || needed.has(key);
    return { name: key, in: place, required, description, schema: schemaWith(named, schema), example: example[key] };
  };
  const takes = (key: string) => others.some(([other]) => other === key);
  const isRead = contract.method === 'GET';
  const refs = [
    ...(takes('clientId') && !isRead ? ['IdempotencyKey'] : []),
    ...(takes('ifVersion') ? ['IfMatch'] : []),
    ...(mayBeKnown(contract) ? ['IfNoneMatch'] : []),
  ];
  return [
    ...inPath.map(shown('path')),
    ...(takesQuery(contract) ? others.map(shown('query')) : []),
    ...refs.map((ref) => ({ $ref: `#/components/parameters/${ref}` })),
  ];
}

function bodyOf(name: CommandName, contract: Contract, named: Named): Json {
  const { inPath, others, needed } = placesOf(contract);
  if (takesQuery(contract) || others.length === 0) return {};
  const { parameters: all } = exampleOf(name);
  const example = Object.fromEntries(Object.entries(all).filter(([key]) => !inPath.some(([other]) => other === key)));
  const required = others.map(([key]) => key).filter((key) => needed.has(key));
  const properties = Object.fromEntries(others.map(([key, schema]) => [key, schemaWith(named, schema)]));
  const schema = {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
  const content = { 'application/json': { schema, example } };
  return { requestBody: { required: required.length > 0, content } };
}

const hasField = ({ answer }: Contract, field: string): boolean =>
  answer !== undefined && Object.hasOwn((answer as { properties?: object }).properties ?? {}, field);
const hasVersion = (contract: Contract): boolean => hasField(contract, 'version');
const mayBeKnown = (contract: Contract): boolean =>
  contract.method === 'GET' && hasVersion(contract) && contract.live !== true;

function answersOf(name: CommandName, contract: Contract, named: Named): Json {
  const { answer, makes, method } = contract;
  if (answer === undefined) return { 204: { description: 'Done', headers: headersOf(always) } };
  const isRead = method === 'GET';
  const own = [
    ...(hasVersion(contract) ? ['ETag'] : []),
    ...(isRead && hasField(contract, 'next') ? ['Link'] : []),
    ...(makes === undefined ? [] : ['Location']),
  ];
  const content = { 'application/json': { schema: schemaWith(named, answer), example: exampleOf(name).answer } };
  const found = { description: makes ? 'Made' : 'Answered', headers: headersOf([...own, ...always]), content };
  const same = { description: 'As it was', headers: headersOf(['ETag', ...always]) };
  return { [makes ? 201 : 200]: found, ...(mayBeKnown(contract) ? { 304: same } : {}) };
}

/** By status: which kinds there are; and, for a command of which not all is known, that there may be others. */
function problemResponses(name: CommandName, contract: Contract, door: Door): Json {
  const others = isExhaustive(name) ? [] : ['4XX', '5XX'];
  return responsesTo(problemsOf(name, contract, door), others);
}

/** `others`: statuses of which not all kinds are known. */
export function responsesTo(kinds: readonly FailureKind[], others: readonly string[] = []): Json {
  const byStatus = new Map<string, FailureKind[]>();
  for (const kind of kinds) {
    const status = String(new Failure(kind).status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind]);
  }
  for (const status of others) byStatus.set(status, []);
  return Object.fromEntries(Array.from(byStatus, ([status, known]) => [status, problemResponse(status, known)]));
}

function problemResponse(status: string, kinds: readonly FailureKind[]): Json {
  const own = [...(/^(429|5)/.test(status) ? ['Retry-After'] : []), ...(status === '401' ? ['WWW-Authenticate'] : [])];
  const examples = Object.fromEntries(kinds.map((kind) => [kind, { $ref: `#/components/examples/${kind}` }]));
  const said = kinds.map((kind) => `\`${kind}\`: ${failures[kind].title}`).join('; ');
  return {
    description: said === '' ? 'Another problem' : said,
    headers: headersOf([...own, ...always]),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        ...(kinds.length === 0 ? {} : { examples }),
      },
    },
  };
}
