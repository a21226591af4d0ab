/**
 * Makes one replica set of three members, once, and the users of the services: through the localhost exception, hence in the
 * network of the first member. Run again it changes nothing but passwords that were changed.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

const members = ['mongo-1:27017', 'mongo-2:27017', 'mongo-3:27017'];
const local = 'mongodb://127.0.0.1:27017/?directConnection=true';
const set = `mongodb://${members.join(',')}/?replicaSet=rs0`;
const database = process.env.MONGO_DATABASE || 'gapless';
const timeouts = { serverSelectionTimeoutMS: 3_000, connectTimeoutMS: 3_000, socketTimeoutMS: 20_000 };
const deadlineMs = 600_000;
const alreadyInitialized = 23;

const secret = (name) => {
  const text = readFileSync(`/run/secrets/${name}`, 'utf8').trim();
  if (text.length < 16) throw new Error(`the secret ${name} is shorter than 16 characters`);
  return text;
};
const say = (text) => process.stdout.write(`${text}\n`);

const services = ['api', 'log-worker'].map((user) => {
  const { username, password } = new URL(secret(`mongo-${user}-url`).replace(/@.*/, '@mongo/'));
  if (username !== user) throw new Error(`the secret mongo-${user}-url is of another user: ${username}`);
  return { user, pwd: decodeURIComponent(password), roles: [{ role: 'readWrite', db: database }] };
});
const admin = { user: 'admin', pwd: secret('mongo-admin-password'), roles: ['root'] };

async function using(url, options, work) {
  const client = new MongoClient(url, { ...timeouts, ...options });
  try {
    return await work(client.db('admin'));
  } finally {
    await client.close();
  }
}

async function initiate(db) {
  const config = { _id: 'rs0', members: members.map((host, n) => ({ _id: n, host, priority: n === 0 ? 2 : 1 })) };
  try {
    await db.command({ replSetInitiate: config });
    say('replica set initiated');
  } catch (error) {
    if (error.code !== alreadyInitialized && error.codeName !== 'Unauthorized') throw error;
  }
}

/** While there is no user at all, whoever comes from the machine itself may make the first one. */
async function makeAdmin(db) {
  const hello = await db.command({ hello: 1 });
  if (hello.isWritablePrimary !== true) throw new Error('the first member is not primary yet');
  await db.command({ createUser: admin.user, pwd: admin.pwd, roles: admin.roles, writeConcern: { w: 'majority' } });
  say('administrator made');
}

async function makeServices(db) {
  for (const { user, pwd, roles } of services) {
    const { users } = await db.command({ usersInfo: user });
    const verb = users.length === 0 ? 'createUser' : 'updateUser';
    await db.command({ [verb]: user, pwd, roles, writeConcern: { w: 'majority' } });
    say(`user ${user}: ${verb}`);
  }
}

/** The first member had to become primary for the first user to be made; from now on nobody is preferred. */
async function evenOut(db) {
  const { config } = await db.command({ replSetGetConfig: 1 });
  if (config.members.every(({ priority }) => priority === 1)) return;
  const even = config.members.map((member) => ({ ...member, priority: 1 }));
  await db.command({ replSetReconfig: { ...config, version: config.version + 1, members: even } });
  say('members are equal');
}

async function asAdministrator(db) {
  await makeServices(db);
  await evenOut(db);
}

async function step() {
  const credentials = { auth: { username: admin.user, password: admin.pwd }, authSource: 'admin' };
  try {
    await using(set, credentials, asAdministrator);
  } catch (error) {
    // Nobody to log in as, or nothing to log in to: a new set.
    await using(local, {}, async (db) => {
      await initiate(db);
      await makeAdmin(db);
    }).catch((reason) => {
      throw new Error(`${reason.message} (as administrator: ${error.message})`);
    });
    await using(set, credentials, asAdministrator);
  }
}

for (const end = Date.now() + deadlineMs; ; await sleep(1_000)) {
  try {
    await step();
    break;
  } catch (error) {
    say(`not yet: ${error.message}`);
    if (Date.now() > end) process.exit(1);
  }
}
