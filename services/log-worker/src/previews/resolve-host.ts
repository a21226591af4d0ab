import { Resolver } from 'node:dns/promises';

const timeoutMs = 1_500;
const tries = 2;

/** Every address of a name as its name servers say, never as a file of this machine says; none when they say nothing. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
