import type { LocalSystem } from '@gapless/shared/local';
import { sleep } from '@gapless/shared/runtime';
import type { Test } from 'tap';
import { type Person, roomOf, signUp } from './person.ts';
import { chainFaults, expectKept } from './record.ts';
import { sendAll } from './sender.ts';
import { type EventFrame, openRaw } from './socket.ts';
import { textsOf, urlsOf } from './system.ts';

const pauseMs = 40;
const stayMs = 500;

/** A steady stream of messages while MongoDB is away, and somebody who comes and goes; then everything is there. */
export async function chatWithoutMongo(t: Test, system: LocalSystem, seconds: number): Promise<void> {
  const [owner, other] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const { id: room } = await roomOf(owner, other);
  const urls = urlsOf(system);
  const before = await sendAll({ person: owner, urls, room, texts: textsOf('before', 20) });
  await system.mongo.kill9();

  const goesOn = until(seconds);
  const reader = comeAndGo(other, urls, room, before.at(-1)?.seq as number, goesOn);
  const during = await sendAll({ person: owner, urls, room, texts: steadily(goesOn) });
  const seen = await reader;
  t.ok(during.length > seconds, `${during.length} messages were acknowledged in ${seconds} s without MongoDB`);
  t.ok(seen.visits > 1, `the reader came back ${seen.visits} times`);
  t.strictSame(chainFaults(seen.events), [], 'and got every event once, in an unbroken chain');
  const last = seen.events.at(-1)?.s ?? 0;
  const missed = during.filter(({ seq }) => seq <= last && !seen.events.some(({ s }) => s === seq));
  t.strictSame(missed, [], 'every acknowledged message among them');
  t.ok(seen.events.length > during.length / 2, `${seen.events.length} of them`);

  await system.mongo.start();
  await expectKept(t, system, owner, room, [...before, ...during]);
}

const until = (seconds: number): (() => boolean) => {
  const end = Date.now() + seconds * 1_000;
  return () => Date.now() < end;
};

async function* steadily(goesOn: () => boolean): AsyncGenerator<string> {
  for (let n = 1; goesOn(); n++) {
    yield `said ${n} while MongoDB was away`;
    await sleep(pauseMs);
  }
}

/** Each time with the cursor of the last event that was seen, on another edge, and gone without a word. */
async function comeAndGo(
  person: Person,
  urls: readonly string[],
  room: string,
  from: number,
  goesOn: () => boolean,
): Promise<{ visits: number; events: EventFrame[] }> {
  const events: EventFrame[] = [];
  let visits = 0;
  for (; goesOn(); visits++) {
    const socket = await openRaw(urls[visits % urls.length] as string);
    const since = { [room]: events.at(-1)?.s ?? from };
    const hi = await socket.request({ t: 'hello', tok: person.token, since });
    if (hi.t !== 'hi') throw new Error(`hello answered ${JSON.stringify(hi)}`);
    await socket.until('the room to be live', ({ frames }) => frames.some((frame) => frame.t === 'live'));
    await sleep(stayMs);
    socket.terminate();
    events.push(...socket.events(room as EventFrame['r']));
  }
  return { visits, events };
}
