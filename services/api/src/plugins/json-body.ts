import { Failure } from '@gapless/shared/errors';
import { maxBodyDepth, nestsDeeper } from '@gapless/shared/protocol';
import fp from 'fastify-plugin';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Bodies are JSON in UTF-8 and nothing else. How deep they nest is known before anything is built from them; an object that
 * names `__proto__`, or `constructor` with a prototype, is refused. No body is no body, whatever its type.
 */
export const jsonBody = fp(async (app) => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    if (nestsDeeper(body, maxBodyDepth)) {
      return done(new Failure('invalid_request', { detail: `JSON may nest ${maxBodyDepth} levels` }));
    }
    let text: string;
    try {
      text = decoder.decode(body);
    } catch (error) {
      return done(new Failure('invalid_request', { detail: 'JSON is UTF-8', cause: error }));
    }
    return parse(request, text, done);
  });
});
