import { failures } from '@gapless/shared/errors';
import { type Person, roomOf, signUp } from '../actors/person.ts';
import type { Random } from '../guarantee/random.ts';
import { type Answer, HttpWire } from './http-wire.ts';
import { knownOf } from './known.ts';
import { createRequests, type MadeRequest } from './requests.ts';
import type { Storm, StormGround } from './storm.ts';

const wiresAtOnce = 8;
const requestsAWire = 100;
const answerMs = 20_000;
/** What is no request may be waited on for ever: the connection is given up. */
const brokenMs = 150;

/** Requests of every kind on raw connections: every route, whatever stands in path, query, headers and body. */
export async function requestStorm({ api, random, storm, count }: StormGround): Promise<void> {
  const { port } = new URL(api);
  const people = (await Promise.all([signUp(api), signUp(api)])) as [Person, Person];
  const rooms = await Promise.all([roomOf(...people), roomOf(people[0])]);
  const foreign = await roomOf(people[1]);
  const known = knownOf(
    people,
    rooms.map(({ id }) => id),
    foreign.id,
  );
  let left = count;
  const work = async (own: Random): Promise<void> => {
    const next = createRequests(own, known, people[0].token);
    while (left > 0) {
      const wire = new HttpWire(Number(port));
      for (let n = 0; n < requestsAWire && left > 0; n++) {
        left--;
        storm.did('requests', 1);
        if (!(await judged(wire, next(), storm))) break;
      }
      wire.close();
    }
  };
  await Promise.all(Array.from({ length: wiresAtOnce }, () => work(random.branch())));
  const { status } = await people[1].get('/v1/me');
  if (status !== 200) storm.fault(`after all of it /v1/me answers ${status}`);
}

/** Whether the connection goes on. */
async function judged(wire: HttpWire, { bytes, isHttp, what }: MadeRequest, storm: Storm): Promise<boolean> {
  const isHead = bytes.subarray(0, 5).toString() === 'HEAD ';
  const answer = await wire.ask(bytes, { isHead, deadlineMs: isHttp ? answerMs : brokenMs });
  const status = answer === undefined ? (wire.ended ? 'ended' : 'silence') : String(answer.status);
  storm.add(new Map([[isHttp ? status : `broken ${status}`, 1]]), []);
  if (answer === undefined) {
    if (isHttp) storm.fault(`${status}: ${what}`);
    return false;
  }
  const fault = faultOf(answer, isHead);
  if (fault !== undefined) storm.fault(`${fault}: ${what}`);
  return isHttp && answer.goesOn;
}

function faultOf({ status, type, body }: Answer, isHead: boolean): string | undefined {
  if (status >= 500 && status !== 503) return `${status} ${body.slice(0, 200)}`;
  if (status < 400) return status >= 200 ? undefined : `status ${status}`;
  if (isHead) return undefined;
  if (!type.startsWith('application/problem+json')) return `${status} is ${type}, no problem: ${body.slice(0, 200)}`;
  const problem = JSON.parse(body) as { type?: string; status?: number; code?: string };
  const kind = String(problem.type).replace('urn:gapless:problem:', '');
  if (!Object.hasOwn(failures, kind) || problem.status !== status)
    return `no problem of the table: ${body.slice(0, 200)}`;
  return undefined;
}
