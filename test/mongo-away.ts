import t from 'tap';
import { aSystem } from './actors/system.ts';
import { chatWithoutMongo } from './actors/without-mongo.ts';

/** `node test/dist/mongo-away.js [seconds]`: what the suite shows for 20 s, for as long as one likes; 600 by default. */
const seconds = Number(process.argv[2] ?? 600);
t.setTimeout(0);
t.test(`MongoDB is away for ${seconds} s`, { timeout: 0 }, async (t) => chatWithoutMongo(t, await aSystem(t), seconds));
