/** Who is made for whoever tries Gapless on his own machine: everybody knows their password. */
export const demoDomain = 'demo.gapless.chat';
export const demoNames = ['alice', 'bob', 'carol'] as const;
export const demoAddressOf = (name: string): string => `${name}@${demoDomain}`;
export const demoAddresses: readonly string[] = demoNames.map(demoAddressOf);
export const demoPassword = 'gapless-demo';

/** However the address is spelt. */
export const isDemoAddress = (email: string): boolean => email.trim().toLowerCase().endsWith(`@${demoDomain}`);
