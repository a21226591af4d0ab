import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalProgram, freePort, pollUntil, runProgram, StartFailure } from '@gapless/shared/local';
import { scratchFor, startMongo } from '@gapless/shared/testing';
import { answers, saidVersion } from './greeting.ts';
import { installedProgram } from './installed-program.ts';
import type { PeerShape, StartPeer } from './peer.ts';
import { TinodePerson } from './tinode-person.ts';

export const tinodeProgram = { program: 'tinode' } as const;
const databaseProgram = { program: 'tinode-db' } as const;
/** Of the salt in its own example of a configuration; clients of browsers have it in their pages. */
const apiKey = {
  salt: 'T713/rYYgW7g4m3vG6zGRh7+FM1t0T8j13koXScOAj4=',
  key: 'AQEAAAABAAD_rAp4DJh05a1HAwFT3A6K',
} as const;
const databaseMs = 30_000;

/** One process and a MongoDB. Its accounts and groups are made as anybody makes them. */
export const startTinode: StartPeer = async (ends, count) => {
  const [server, database] = [await installedProgram(tinodeProgram), await installedProgram(databaseProgram)];
  const mongo = await startMongo(ends);
  const [dir, port] = [scratchFor(ends), await freePort()];
  const config = join(dir, 'tinode.conf');
  writeFileSync(config, JSON.stringify(configOf(port, mongo.url)));
  const made = await runProgram(database, [`-config=${config}`], databaseMs);
  if (made.code !== 0) throw new StartFailure(`tinode-db: ${made.stderr.trim().slice(-300)}`);
  const tinode = createLocalProgram({
    process: {
      ...{ name: 'tinode', command: server, args: [`-config=${config}`, `-static_data=${dir}`], env: {} },
      ...{ logFile: join(dir, 'log'), manner: 'gently' },
    },
    readyDeadlineMs: 20_000,
    ready: (signal) => pollUntil(() => answers(port, 'GET / HTTP/1.0\r\n\r\n', 'HTTP/1.'), signal),
  });
  ends.teardown(() => tinode.stop());
  await tinode.start();
  const url = `ws://127.0.0.1:${port}/v0/channels?apikey=${apiKey.key}`;
  return {
    name: 'Tinode + MongoDB',
    version: `Tinode ${saidVersion(tinode.logFile, /Server v?([\d.]+)/)}`,
    urls: [url],
    population: await populate(url, count),
    dialect: 'tinode',
    acknowledges: true,
    get pids() {
      return { servers: [tinode.pid()], brokers: [mongo.pid()], others: [] };
    },
  };
};

/** Whoever has a group's name may join it. */
async function populate(url: string, { accounts, rooms }: PeerShape) {
  const tokens: string[] = [];
  const groups: string[] = [];
  for (let n = 0; n < accounts; n++) {
    const person = await TinodePerson.create(url, `bench${n}`);
    tokens.push(person.token);
    while (n === 0 && groups.length < rooms) groups.push(await person.createGroup());
    person.close();
  }
  return { tokens, rooms: groups };
}

/** Its example, without what nobody here uses: mails, pushes, calls, pages. */
const configOf = (port: number, mongoUrl: string) => ({
  listen: `127.0.0.1:${port}`,
  api_path: '/',
  api_key_salt: apiKey.salt,
  push: [],
  ...{ max_message_size: 131_072, max_subscriber_count: 128, max_tag_count: 16 },
  auth_config: {
    basic: { add_to_tags: true, min_login_length: 4, min_password_length: 6 },
    token: { expire_in: 1_209_600, serial_num: 1, key: randomBytes(32).toString('base64') },
  },
  store_config: {
    ...{ uid_key: randomBytes(16).toString('base64'), max_results: 1_024, use_adapter: 'mongodb' },
    adapters: { mongodb: { uri: mongoUrl, database: 'tinode', replica_set: 'rs0' } },
  },
});
