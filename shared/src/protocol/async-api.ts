import { closeCodes, errorCodes } from '../errors/index.ts';
import { jsonSchemas } from './json-schemas.ts';
import { operations } from './operations.ts';
import { subprotocol } from './subprotocol.ts';

type Json = Readonly<Record<string, unknown>>;
type Frame = Json & { readonly description: string; readonly examples: readonly Json[] };

const description = `Real-time chat over WebSockets: one JSON object in a text frame, \`t\` names the operation.

docs/protocol.md says what holds beyond the shape of frames: order, gaps, resuming, limits. An error frame never closes the
connection; \`x-close-codes\` of the channel says what each close means.`;

/** Names of the two ways: a frame of the same name may go both. */
const clientMessage = (op: string): string => `${op}.request`;
const inChannel = (name: string): Json => ({ $ref: `#/channels/socket/messages/${name}` });

/** The AsyncAPI document (3.0), from the schemas that validate the frames; it describes an edge: what it receives, what it sends. */
export function asyncApiDocument(): Json {
  const { client, server } = jsonSchemas() as { client: Record<string, Frame>; server: Record<string, Frame> };
  const messages = {
    ...named(client, clientMessage, (op) => `${op} (client)`),
    ...named(
      server,
      (op) => op,
      (op) => op,
    ),
  };
  return {
    asyncapi: '3.0.0',
    id: 'urn:gapless:edge',
    info: {
      title: 'Gapless edge',
      version: '1.0.0',
      description,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      tags: [{ name: 'chat' }, { name: 'websocket' }],
    },
    defaultContentType: 'application/json',
    servers,
    channels: { socket: channel(Object.keys(messages)) },
    operations: { ...received(client), ...sent(Object.keys(server)) },
    components: {
      messages,
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Access token, here or in `hello`, which stays out of the logs of proxies',
        },
      },
    },
  };
}

const security = [{ $ref: '#/components/securitySchemes/accessToken' }];
const servers = {
  local: { host: '127.0.0.1:8081', protocol: 'ws', description: 'The first edge of `make run`', security },
  stack: { host: 'localhost:8443', protocol: 'wss', description: 'The stack in containers', security },
};

const channel = (names: readonly string[]): Json => ({
  address: '/ws',
  title: 'The socket',
  description: `Subprotocol \`${subprotocol}\`.`,
  servers: Object.keys(servers).map((name) => ({ $ref: `#/servers/${name}` })),
  messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
  bindings: { ws: { method: 'GET', headers: handshake, bindingVersion: '0.1.0' } },
  'x-close-codes': Object.values(closeCodes),
  'x-error-codes': errorCodes,
});

const handshake = {
  type: 'object',
  properties: {
    'Sec-WebSocket-Protocol': {
      type: 'string',
      description: `\`${subprotocol}\`; browsers may add \`bearer.<access token>\``,
    },
    Authorization: { type: 'string', description: '`Bearer <access token>`; without it `hello` carries the token' },
    Origin: { type: 'string', description: 'Must be on the list of the installation, where it has one' },
  },
};

function named(
  frames: Readonly<Record<string, Frame>>,
  nameOf: (op: string) => string,
  titleOf: (op: string) => string,
): Json {
  const entries = Object.entries(frames).map(([op, { description, examples, ...schema }]) => [
    nameOf(op),
    {
      name: op,
      title: titleOf(op),
      summary: description,
      contentType: 'application/json',
      ...('i' in (schema['properties'] as object) && { correlationId: { location: '$message.payload#/i' } }),
      payload: asDraft7(schema),
      examples: examples.map((payload) => ({ name: op, payload })),
    },
  ]);
  return Object.fromEntries(entries);
}

/** An operation for each frame that an edge takes, with what answers it. */
function received(client: Readonly<Record<string, Frame>>): Json {
  const entries = Object.entries(client).map(([op, { description }]) => {
    const answers = [...operations[op as keyof typeof operations].answers, 'err'];
    return [
      `on.${op}`,
      {
        action: 'receive',
        channel: { $ref: '#/channels/socket' },
        summary: description,
        messages: [inChannel(clientMessage(op))],
        reply: { channel: { $ref: '#/channels/socket' }, messages: answers.map(inChannel) },
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** What only ever answers a request goes out as its reply. */
const repliesOnly: ReadonlySet<string> = new Set(['hi', 'rooms', 'hist', 'ok', 'pong']);

function sent(server: readonly string[]): Json {
  const unasked = server.filter((op) => !repliesOnly.has(op));
  const operation = (op: string): Json => ({
    action: 'send',
    channel: { $ref: '#/channels/socket' },
    messages: [inChannel(op)],
  });
  return Object.fromEntries(unasked.map((op) => [`tell.${op}`, operation(op)]));
}

/** AsyncAPI's own schemas are of draft 7, which spells tuples in another way. */
function asDraft7(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asDraft7);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { prefixItems, items, ...rest } = schema as Json;
  const tuple = prefixItems === undefined ? { items } : { items: prefixItems, additionalItems: items };
  const spelled = { ...rest, ...(prefixItems === undefined && items === undefined ? {} : tuple) };
  return Object.fromEntries(Object.entries(spelled).map(([key, value]) => [key, asDraft7(value)]));
}
