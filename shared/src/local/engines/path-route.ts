import { checkedVersion } from './engine-version.ts';
import type { Route } from './route.ts';

/** What the machine already has. One that is too old is said so and passed over. */
export const pathRoute: Route = {
  name: 'program on PATH',
  async find({ engine, commands }) {
    const path = await commands.which(engine.program);
    if (path === undefined) return undefined;
    return { path, version: await checkedVersion(engine, path), source: 'PATH' };
  },
};
