import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createTurnStore } from '../../src/repositories/turn-store.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url);
t.teardown(() => client.close());
const db = client.db('turns');
const turns = createTurnStore(db);

const id = () => newId<never>() as ClientId;
const turnOf = (room: RoomId, user: UserId, clientId: ClientId, seconds = 60) => ({ room, user, clientId, seconds });

t.test('of many messages at once one gets the turn, and the same one again', async (t) => {
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  const messages = Array.from({ length: 20 }, id);
  const answers = await Promise.all(messages.map((message) => turns.take(turnOf(room, user, message))));
  t.equal(answers.filter((left) => left === 0).length, 1);
  t.ok(answers.every((left) => left === 0 || (left > 50_000 && left <= 60_000)));
  const winner = messages[answers.indexOf(0)] as ClientId;
  t.equal(await turns.take(turnOf(room, user, winner)), 0, 'repeated');
  t.ok((await turns.take(turnOf(room, user, id()))) > 0);
});

t.test('a repetition does not lengthen the wait, and members and rooms do not wait for each other', async (t) => {
  const [room, user, first] = [newId<RoomId>(), newId<UserId>(), id()];
  t.equal(await turns.take(turnOf(room, user, first)), 0);
  const before = await turns.take(turnOf(room, user, id()));
  t.equal(await turns.take(turnOf(room, user, first)), 0);
  t.ok((await turns.take(turnOf(room, user, id()))) <= before);
  t.equal(await turns.take(turnOf(room, newId<UserId>(), id())), 0);
  t.equal(await turns.take(turnOf(newId<RoomId>(), user, id())), 0);
});

t.test('the turn is free again when its time is over, by the time that holds now', async (t) => {
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  t.equal(await turns.take(turnOf(room, user, id())), 0);
  const earlier = new Date(Date.now() - 30_000);
  await db.collection<{ _id: string }>('turns').updateOne({ _id: `${room}:${user}` }, { $set: { at: earlier } });
  const left = await turns.take(turnOf(room, user, id()));
  t.ok(left > 0 && left <= 30_000);
  t.equal(await turns.take(turnOf(room, user, id(), 20)), 0, 'slow mode was made shorter');
  t.ok((await turns.take(turnOf(room, user, id(), 20))) > 0);
});
