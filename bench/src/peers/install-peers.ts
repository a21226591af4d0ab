import { installPrograms, NotInstalled } from './installed-program.ts';
import { rabbitPrograms } from './socketio-durable.ts';
import { redisProgram } from './socketio-redis.ts';

/** Before anything is measured: a row has no time for it. What cannot be had is missed by the row that asks for it. */
export async function installPeers(progress: (line: string) => void): Promise<void> {
  const wanted = [redisProgram, ...Object.values(rabbitPrograms)];
  await installPrograms(wanted, (name) => progress(`installs ${name}`)).catch((error) => {
    if (!(error instanceof NotInstalled)) throw error;
    progress(error.message);
  });
}
