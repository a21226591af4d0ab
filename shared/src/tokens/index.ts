export * from './foreign-tokens.ts';
export * from './trusted-issuer.ts';
