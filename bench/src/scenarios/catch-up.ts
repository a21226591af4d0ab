import { connectNatsBus, encodeEvent, eventId, messageEvent, type NewEvent } from '@gapless/shared/bus';
import type { ServiceProgram } from '@gapless/shared/local';
import { silentLogger, sleep } from '@gapless/shared/runtime';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { busSettings } from '@gapless/shared/testing';
import { createClientIds, textBytes } from '../load/message.ts';
import type { Gapless } from './gapless.ts';

export interface CatchUpShape {
  /** Appended while no worker runs. */
  readonly events: number;
  readonly rooms: number;
  /** Appends under way at once. */
  readonly window: number;
}

export interface CatchUp {
  readonly events: number;
  readonly perSecond: number;
}

const lookMs = 20;
const giveUpMs = 300_000;

/** How fast a log worker that was away brings what was sent meanwhile into MongoDB, nothing else going on. */
export async function catchUp({ system }: Gapless, shape: CatchUpShape): Promise<CatchUp> {
  const [worker] = system.workers as [ServiceProgram];
  const settings = busSettings(system.nats.url, { publishWindow: shape.window });
  const bus = await connectNatsBus(settings, { name: 'bench', logger: silentLogger() });
  try {
    await when(() => bus.obstacles().length === 0);
    await worker.stop();
    const events = newEvents(shape.rooms);
    let left = shape.events;
    const append = async () => {
      while (left-- > 0) await bus.log.append(events.next().value);
    };
    await Promise.all(Array.from({ length: shape.window }, append));
  } finally {
    await bus.close();
  }
  await worker.start();
  // What it does before its first write is its start, and the same for one event and a million.
  await when(async () => (await writtenBy(worker)) > 0);
  const [began, first] = [performance.now(), await writtenBy(worker)];
  await when(async () => (await writtenBy(worker)) >= shape.events);
  const seconds = (performance.now() - began) / 1e3;
  return { events: shape.events, perSecond: (shape.events - first) / seconds };
}

function* newEvents(roomCount: number): Generator<NewEvent, never> {
  const ids = createClientIds();
  const rooms = Array.from({ length: roomCount }, () => newId<RoomId>());
  const user = newId<UserId>();
  const body = { text: 'x'.repeat(textBytes) };
  for (let n = 0; ; n++) {
    const [room, clientId] = [rooms[n % roomCount] as RoomId, ids() as ClientId];
    const event = messageEvent({ room, user, at: Date.now(), clientId, body });
    yield { room, id: eventId(room, user, 'msg', clientId), lane: clientId, bytes: encodeEvent(event) };
  }
}

async function writtenBy(worker: ServiceProgram): Promise<number> {
  const text = await (await fetch(`${worker.adminUrl}/metrics`)).text();
  return Number(/^gapless_events_written_total\{[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function when(is: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + giveUpMs;
  while (!(await is())) {
    if (Date.now() > end) throw new Error(`the log worker did not catch up within ${giveUpMs / 1e3} s`);
    await sleep(lookMs);
  }
}
