import { createPublicKey } from 'node:crypto';
import fastifyJwt from '@fastify/jwt';
import { Failure } from '@gapless/shared/errors';
import { type PublicJwk, publicJwk } from '@gapless/shared/runtime';
import { type AccessClaims, accessTokenAudience, accessTokenIssuer } from '@gapless/shared/schema';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: AccessClaims;
    user: AccessClaims;
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    accessTokens: AccessTokens;
  }
}

export interface AccessTokens {
  readonly jwks: { readonly keys: readonly PublicJwk[] };
  readonly lifeMs: number;
  sign(claims: AccessClaims): string;
  /** Hook of routes that need a session. */
  require(request: FastifyRequest): Promise<void>;
}

export interface AccessTokenOptions {
  /** Rejects with a `Failure` where the session or the account behind a valid token is not what it was. */
  readonly admit: (claims: AccessClaims) => Promise<void>;
  /** What another issuer's token comes to: asked only for what is no token of ours, and admitted by itself. */
  readonly foreign: (token: string) => Promise<AccessClaims | undefined>;
  readonly privateKeyPem: string;
  readonly lifeMs: number;
}

/** Our own tokens: one algorithm, one audience, one issuer; a token cannot choose how it is verified. */
export const accessToken = fp<AccessTokenOptions>(async (app, { privateKeyPem, lifeMs, admit, foreign }) => {
  const jwk = publicJwk(privateKeyPem);
  const publicPem = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
  await app.register(fastifyJwt, {
    secret: { private: privateKeyPem, public: publicPem },
    sign: {
      algorithm: 'EdDSA',
      kid: jwk.kid,
      aud: accessTokenAudience,
      iss: accessTokenIssuer,
      expiresIn: `${lifeMs}ms`,
    },
    verify: {
      algorithms: ['EdDSA'],
      allowedAud: accessTokenAudience,
      allowedIss: accessTokenIssuer,
      requiredClaims: ['sub', 'sid', 'role', 'aud', 'iss', 'exp'],
      cache: 1_000,
    },
  });
  app.decorate('accessTokens', {
    jwks: { keys: [jwk] },
    lifeMs,
    sign: (claims) => app.jwt.sign(claims),
    async require(request) {
      try {
        await request.jwtVerify();
      } catch (error) {
        const claims = await foreign(bearerOf(request));
        if (claims === undefined) throw new Failure('token_required', { cause: error });
        request.user = claims;
        return;
      }
      await admit(request.user);
    },
  } satisfies AccessTokens);
});

/** What stands behind `Bearer`; empty for nothing. */
export const bearerOf = ({ headers }: FastifyRequest): string =>
  (headers.authorization ?? '').replace(/^bearer +/i, '');
