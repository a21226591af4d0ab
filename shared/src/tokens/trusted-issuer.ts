import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { ConfigError } from '../config/index.ts';
import { accessTokenIssuer } from '../schema/index.ts';

export const tokenAlgorithms = ['EdDSA', 'RS256', 'ES256'] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

const Text = Type.String({ minLength: 1, maxLength: 255 });

const TrustedIssuerSchema = Type.Object(
  {
    /** As the `iss` of its tokens says it, to the letter. */
    issuer: Text,
    /** Must stand in the `aud` of its tokens. */
    audience: Text,
    /** Its keys are used with these only. */
    algorithms: Type.Array(Type.Enum([...tokenAlgorithms]), { minItems: 1, maxItems: tokenAlgorithms.length }),
    /** Where its keys are, https unless on this machine; or the keys themselves. */
    jwksUrl: Type.Optional(Text),
    keys: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1, maxItems: 50 })),
    /** Claim from which a user who is seen for the first time has his nickname, where it is free and fit. */
    nicknameClaim: Type.Optional(Text),
    /** By how much clocks may differ. */
    clockSkewMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    /** Tokens that end later than this from now are refused. */
    longestLifeMs: Type.Optional(Type.Integer({ minimum: 60_000, maximum: 86_400_000 })),
  },
  { additionalProperties: false },
);

const FileSchema = Type.Object(
  { issuers: Type.Array(TrustedIssuerSchema, { minItems: 1, maxItems: 50 }) },
  { additionalProperties: false },
);

/** Somebody else whose word on who a user is counts, on nothing else. */
export type TrustedIssuer = Static<typeof TrustedIssuerSchema>;

export const clockSkewOf = ({ clockSkewMs = 30_000 }: TrustedIssuer): number => clockSkewMs;
export const longestLifeOf = ({ longestLifeMs = 86_400_000 }: TrustedIssuer): number => longestLifeMs;

/** Those that the file names; none without a file. */
export function readTrustedIssuers(file: string): readonly TrustedIssuer[] {
  if (file === '') return [];
  const refuse = (reason: string) => new ConfigError(`GAPLESS_TRUSTED_ISSUERS_FILE (${file}): ${reason}`);
  const content = readJson(file, refuse);
  if (!Check(FileSchema, content)) {
    const [error] = Errors(FileSchema, content);
    throw refuse(`${error?.instancePath || 'the file'} ${error?.message ?? 'is not valid'}`);
  }
  for (const issuer of content.issuers) {
    const reason = unfit(issuer);
    if (reason !== undefined) throw refuse(`${issuer.issuer}: ${reason}`);
  }
  const names = content.issuers.map(({ issuer }) => issuer);
  if (new Set(names).size < names.length) throw refuse('an issuer stands in it twice');
  return content.issuers;
}

function readJson(file: string, refuse: (reason: string) => ConfigError): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refuse(`cannot be read: ${(error as Error).message}`);
  }
}

function unfit({ issuer, jwksUrl, keys }: TrustedIssuer): string | undefined {
  if (issuer === accessTokenIssuer) return 'this is our own name';
  if ((jwksUrl === undefined) === (keys === undefined)) return 'either `jwksUrl` or `keys`';
  return jwksUrl === undefined || isSafe(jwksUrl) ? undefined : '`jwksUrl` must be https, or on this machine';
}

const thisMachine = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What comes over a wire that others write on names no keys. */
function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username } = new URL(url);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && thisMachine.has(hostname)));
}
