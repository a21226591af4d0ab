/** The process that makes the load: it does as it is ordered, and ends with whoever ordered. */

import { obeyOrders } from '../ordered-process.ts';
import { type Crowd, openCrowd } from './crowd.ts';
import { type RunDeps, runLoad } from './load-run.ts';
import type { Seat } from './load-socket.ts';
import type { Answer, LoadPart, Order, SteppedLoad, SteppedReport } from './orders.ts';
import { runSteps } from './stepped-run.ts';
import { Tally } from './tally.ts';

interface Place {
  readonly crowd: Crowd;
  readonly tally: Tally;
  acknowledged: (i: number, nowUs: number) => void;
  refused: (i: number) => boolean;
}

const places = new Map<string, Place>();

async function connect(name: string, seats: readonly Seat[], rooms: readonly string[]): Promise<void> {
  const tally = new Tally();
  const acknowledged = (i: number, nowUs: number): void => places.get(name)?.acknowledged(i, nowUs);
  const refused = (i: number): boolean => places.get(name)?.refused(i) ?? false;
  const crowd = await openCrowd(seats, rooms, { tally, acknowledged, refused });
  places.set(name, { crowd, tally, acknowledged: () => undefined, refused: () => false });
}

function placeOf(name: string): Place {
  const place = places.get(name);
  if (place === undefined) throw new Error(`nobody is connected as ${name}`);
  return place;
}

async function run(order: Order & { do: 'run' }, say: (answer: Answer) => void): Promise<LoadPart> {
  const place = placeOf(order.crowd);
  return whileHeard(place, (heard) =>
    runLoad(order, {
      crowd: place.crowd,
      tally: place.tally,
      ...heard,
      begun: () => say({ say: 'begun' }),
      ended: () => say({ say: 'ended' }),
    }),
  );
}

async function steps(name: string, load: SteppedLoad): Promise<SteppedReport> {
  const place = placeOf(name);
  return whileHeard(place, (heard) => runSteps(load, { crowd: place.crowd, tally: place.tally, ...heard }));
}

/** A run hears what is answered while it lasts; what comes later is nobody's. */
async function whileHeard<T>(place: Place, run: (heard: Pick<RunDeps, 'onAck' | 'onRefusal'>) => Promise<T>) {
  const onAck = (listener: Place['acknowledged']): void => {
    place.acknowledged = listener;
  };
  const onRefusal = (listener: Place['refused']): void => {
    place.refused = listener;
  };
  try {
    return await run({ onAck, onRefusal });
  } finally {
    onAck(() => undefined);
    onRefusal(() => false);
  }
}

obeyOrders<Order, Answer>(async (order, say) => {
  switch (order.do) {
    case 'connect':
      await connect(order.crowd, order.seats, order.rooms);
      return say({ say: 'connected' });
    case 'run':
      return say({ say: 'report', part: await run(order, say) });
    case 'steps':
      return say({ say: 'stepped', report: await steps(order.crowd, order.load) });
    case 'disconnect':
      places.get(order.crowd)?.crowd.close();
      places.delete(order.crowd);
  }
});
