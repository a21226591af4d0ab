import type { Door } from '@gapless/shared/commands';
import { Compile } from 'typebox/compile';
import { openApiDocument } from '../../src/routes/openapi.ts';

interface Shape {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: object; readonly examples?: object }>>;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Shape>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

export interface Answered {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly payload: string;
}

const documentOf = (door: Door) => JSON.parse(JSON.stringify(openApiDocument(door))) as Document;
const documents = { public: documentOf('public'), admin: documentOf('admin') };
const { components } = documents.public;
/** What stands literally wins, as it does in the router. */
const routesOf = ({ paths }: Document) =>
  Object.entries(paths)
    .map(([path, operations]) => ({
      rank: path.replace(/\{\w+\}/g, '~'),
      operations,
      shape: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
const routes = { public: routesOf(documents.public), admin: routesOf(documents.admin) };
const told = ['ETag', 'Link', 'Location', 'Retry-After', 'WWW-Authenticate'];

/** Throws where an answer of the running server is not one that the document promises: nothing more, nothing less. */
export function checkAnswer(door: Door, method: string, url: string, answered: Answered): void {
  const { statusCode, headers, payload } = answered;
  const path = url.split('?')[0] ?? '';
  const route = routes[door].find(({ shape }) => shape.test(path));
  if (route === undefined || method === 'OPTIONS') return;
  const operation = route.operations[(method === 'HEAD' && !route.operations['head'] ? 'get' : method).toLowerCase()];
  const status = String(statusCode);
  if (operation === undefined) {
    const isRefused = ['405', '429', '503', '400', '404'].includes(status);
    if (!isRefused) throw new Error(`${method} ${path} answered ${status}, and the document does not know it`);
    return;
  }
  const { operationId: name, responses } = operation;
  const said = `${name} (${method} ${path}) answered ${status} ${payload.slice(0, 300)}`;
  const shape = responses[status] ?? responses[`${status[0]}XX`];
  if (shape === undefined) throw new Error(`${said}: the document does not name that status`);
  const declared = new Set(Object.keys(shape.headers ?? {}));
  for (const header of told) {
    const isUndeclared = headers[header.toLowerCase()] !== undefined && !declared.has(header);
    if (isUndeclared) throw new Error(`${said}: the document does not name its header ${header}`);
  }
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
  if (method !== 'HEAD') checkBody(said, shape, type, payload);
  const isExact = responses['4XX'] === undefined;
  if (isExact && method !== 'HEAD' && type === 'application/problem+json') checkKind(said, shape, payload);
}

function checkBody(said: string, { content }: Shape, type: string, payload: string): void {
  if (content === undefined) {
    if (payload !== '') throw new Error(`${said}: the document names no body`);
    return;
  }
  const media = content[type] ?? content['*/*'];
  if (media === undefined) throw new Error(`${said}: the document does not name ${type}`);
  if ((media.schema as { format?: string }).format === 'binary') return;
  const body: unknown = JSON.parse(payload);
  const validator = validatorOf(media.schema);
  if (!validator.Check(body)) throw new Error(`${said}: ${JSON.stringify(validator.Errors(body).slice(0, 3))}`);
}

function checkKind(said: string, { content }: Shape, payload: string): void {
  const kind = String((JSON.parse(payload) as { type: unknown }).type).replace('urn:gapless:problem:', '');
  const named = content?.['application/problem+json']?.examples ?? {};
  if (!Object.hasOwn(named, kind)) throw new Error(`${said}: the document does not name this kind of problem`);
}

const validators = new Map<object, ReturnType<typeof Compile>>();

function validatorOf(schema: object): ReturnType<typeof Compile> {
  const validator = validators.get(schema) ?? Compile(closed(schema) as never);
  validators.set(schema, validator);
  return validator;
}

/** The schema with its references resolved, and with no room for fields that it does not name. */
export function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref: ref, ...own } = schema as { readonly $ref?: string };
  if (ref !== undefined) return closed(components.schemas[ref.split('/').at(-1) ?? '']);
  const inner = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, closed(value)]));
  const isOpen = 'properties' in own && !('additionalProperties' in own) && !('patternProperties' in own);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
