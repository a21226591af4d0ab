import { deflateRawSync } from 'node:zlib';

/**
 * Loaded into an edge before its own program (`--import`), it makes each publish compress the event anew for each subscriber, as
 * careless code would: what the guard has to notice. The product knows nothing of it.
 */
type App = (...options: readonly object[]) => {
  publish(topic: string, frame: Uint8Array, binary: boolean): boolean;
  numSubscribers(topic: string): number;
};

/** Where the package takes its own exports from: what stands there when it is first imported is what everybody gets. */
const inside = new URL('./uws.mjs', import.meta.resolve('uWebSockets.js')).href;
const { default: native } = (await import(inside)) as { default: { App: App } };
const { App } = native;

native.App = (...options) => {
  const app = App(...options);
  const publish = app.publish.bind(app);
  app.publish = (topic, frame, binary) => {
    for (let left = app.numSubscribers(topic); left > 0; left--) deflateRawSync(frame);
    return publish(topic, frame, binary);
  };
  return app;
};
