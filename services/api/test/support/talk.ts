import { decodeEvent } from '@gapless/shared/bus';
import { eventRowId, newId, type RoomId } from '@gapless/shared/schema';
import type { Teardown } from '@gapless/shared/testing';
import type { Db } from 'mongodb';
import { startApi, type TestApi, type TestUser } from './api.ts';

export const key = () => newId<never>() as string;

export const numbers = ({ items }: { items: { sequence: number }[] }) => items.map(({ sequence }) => sequence);

/** An api with a few users who talk over REST, and a hand that writes what the log worker would. */
export async function startTalk(t: Teardown, mongoUrl: string) {
  const api = await startApi(t, mongoUrl);
  const db = api.mongo.db(api.config.mongoDatabase);
  const [owner, ann, bob, stranger] = [await api.signUp(), await api.signUp(), await api.signUp(), await api.signUp()];

  async function aRoom(...members: TestUser[]): Promise<RoomId> {
    const room = await api.room(owner);
    for (const { token } of members) await api.post(`/v1/rooms/${room}/join`, {}, token);
    return room;
  }

  const send = (user: TestUser, room: string, body: object, more: object = {}) =>
    api.post(`/v1/rooms/${room}/messages`, { body, ...more }, user.token);

  async function say(user: TestUser, room: string, text: string, more: object = {}): Promise<number> {
    const { status, body } = await send(user, room, { text }, more);
    if (status !== 201) throw new Error(`sending answered ${status}: ${JSON.stringify(body)}`);
    return body.sequence;
  }

  const rest = (room: string) => ({
    get: (path: string, user = ann) => api.get(`/v1/rooms/${room}${path}`, user.token),
    put: (path: string, user = ann, body: object = {}) =>
      api.request('PUT', `/v1/rooms/${room}${path}`, user.token, body),
    patch: (seq: number, user: TestUser, body: object) =>
      api.request('PATCH', `/v1/rooms/${room}/messages/${seq}`, user.token, body),
    remove: (path: string, user = ann) => api.request('DELETE', `/v1/rooms/${room}${path}`, user.token),
  });

  return { api, db, owner, ann, bob, stranger, aRoom, send, say, rest, write: writer(api, db), mark: marker(db) };
}

/** What the log worker does with all that is there, as far as lists and pages see it. */
const writer = (api: TestApi, db: Db) => async (room: RoomId) => {
  const logged = await api.bus.log.readRoom(room, 1, 1_000);
  const rows = logged.map(({ seq, bytes }) => {
    const event = decodeEvent(bytes);
    const of = { r: room, s: seq, u: event.u, k: event.t, at: new Date(event.at), ver: seq };
    const change = 'm' in event ? { m: event.m } : {};
    const message = event.t === 'msg' ? { c: event.c, cur: event.b } : {};
    const thread = event.t === 'msg' && event.re !== undefined ? { th: eventRowId(room, event.re) } : {};
    return { _id: eventRowId(room, seq), ...of, ...change, ...message, ...thread, raw: Buffer.from(bytes).toString() };
  });
  const events = db.collection<{ _id: string }>('events');
  for (const row of rows) await events.replaceOne({ _id: row._id }, row, { upsert: true });
};

const marker = (db: Db) => (seq: number) =>
  db.collection<{ _id: string }>('watermarks').updateOne({ _id: 'ROOM_0' }, { $set: { seq } }, { upsert: true });
