import { Parser } from '@asyncapi/parser';
import t from 'tap';
import { type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import { closeCodes, errorCodes } from '../../src/errors/index.ts';
import { asyncApiDocument, clientFrames, operations, serverFrames } from '../../src/protocol/index.ts';

const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument()));

t.test('a public validator takes it for AsyncAPI 3, with an example of each message', async (t) => {
  // Severity 0 is an error, 1 a warning.
  const faults = diagnostics.filter(({ severity, code }) => severity < 2 && code !== 'asyncapi-latest-version');
  t.same(faults, []);
  t.equal(document?.version(), '3.0.0');
  for (const message of document?.messages().all() ?? [])
    t.ok(message.examples().all().length > 0, String(message.id()));
});

t.test('every frame of both sides is a message, and every operation of clients is received and answered', async (t) => {
  const names = (way: 'receive' | 'send') =>
    document
      ?.operations()
      .all()
      .filter((operation) => operation.action() === way)
      .map((operation) => operation.messages().all()[0]?.name());
  t.same(names('receive'), Object.keys(clientFrames));
  const answers = Object.values(operations).flatMap(({ answers }) => answers);
  const told = new Set([...(names('send') ?? []), ...answers]);
  t.same([...told].sort(), Object.keys(serverFrames).sort());
  for (const operation of document?.operations().filterByReceive() ?? []) {
    const replies = operation
      .reply()
      ?.messages()
      .all()
      .map((message) => message.name());
    t.ok(replies?.includes('err'), String(operation.id()));
    t.ok((replies?.length ?? 0) > 1, String(operation.id()));
  }
});

t.test('every example of a message fits its payload, and with another type of a key it does not', async (t) => {
  for (const message of document?.messages().all() ?? []) {
    const schema = Type.Unsafe(message.payload()?.json() as unknown as TSchema);
    const [example] = message.examples().all();
    t.ok(Check(schema, example?.payload()), message.id());
    t.notOk(Check(schema, { ...(example?.payload() as object), t: 7 }), message.id());
  }
});

t.test('a document that is none, and a reference that leads nowhere, are found', async (t) => {
  const altered = JSON.stringify(asyncApiDocument())
    .replace('"action":"receive"', '"action":"take"')
    .replace('{"$ref":"#/components/messages/pong"}', '{"$ref":"#/components/messages/ping-pong"}');
  const found = await new Parser().validate(altered);
  const paths = found.filter(({ severity }) => severity === 0).map(({ path }) => path.join('.'));
  t.ok(
    paths.some((path) => path.startsWith('operations')),
    String(paths),
  );
  t.ok(
    paths.some((path) => path.endsWith('$ref')),
    String(paths),
  );
});

t.test('the tables of errors and closes stand at the channel', async (t) => {
  const channel = document?.channels().get('socket')?.json() as unknown as Record<string, object>;
  t.same(Object.keys(channel['x-error-codes'] ?? {}), Object.keys(errorCodes));
  t.equal((channel['x-close-codes'] as unknown as object[]).length, Object.keys(closeCodes).length);
});
