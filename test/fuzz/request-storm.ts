import type { Contract } from '@gapless/shared/commands';
import { failures } from '@gapless/shared/errors';
import { Compile } from 'typebox/compile';
import type { Random } from '../guarantee/random.ts';
import type { FuzzedDoor } from './doors.ts';
import { type Answer, HttpWire } from './http-wire.ts';
import { createRequests, type MadeRequest } from './requests.ts';
import type { Storm, StormGround } from './storm.ts';

const wiresAtOnce = 8;
const requestsAWire = 100;
const answerMs = 20_000;
/** What is no request may be waited on for ever: the connection is given up. */
const brokenMs = 150;

/** Requests of every kind on raw connections: every route of every door, whatever stands in path, query, headers and body. */
export async function requestStorm({ random, storm, count }: StormGround, doors: readonly FuzzedDoor[]): Promise<void> {
  let left = count;
  const work = async (own: Random, door: FuzzedDoor): Promise<void> => {
    const next = createRequests(own, door);
    while (left > 0) {
      const wire = new HttpWire(door.port);
      for (let n = 0; n < requestsAWire && left > 0; n++) {
        left--;
        storm.did('requests', 1);
        if (!(await judged(wire, next(), storm))) break;
      }
      wire.close();
    }
  };
  await Promise.all(
    Array.from({ length: wiresAtOnce }, (_, n) => work(random.branch(), doors[n % doors.length] as FuzzedDoor)),
  );
}

/** Whether the connection goes on. */
async function judged(wire: HttpWire, { bytes, isHttp, what, contract }: MadeRequest, storm: Storm): Promise<boolean> {
  const isHead = bytes.subarray(0, 5).toString() === 'HEAD ';
  const answer = await wire.ask(bytes, { isHead, deadlineMs: isHttp ? answerMs : brokenMs });
  const status = answer === undefined ? (wire.ended ? 'ended' : 'silence') : String(answer.status);
  const kind = status.startsWith('2') ? '2xx' : status;
  storm.add(new Map([[isHttp ? kind : `broken ${status}`, 1]]), []);
  if (answer === undefined) {
    if (isHttp) storm.fault(`${status}: ${what}`);
    return false;
  }
  const fault = faultOf(answer, isHead) ?? (isHead || !isHttp ? undefined : unlike(contract, answer));
  if (fault !== undefined) storm.fault(`${fault}: ${what}`);
  return isHttp && answer.goesOn;
}

function faultOf({ status, type, body }: Answer, isHead: boolean): string | undefined {
  // Nothing is away here; of what came too late `run.ts` says how much may be told so.
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

const validators = new Map<Contract, ReturnType<typeof Compile>>();

/** What is wrong with the answer of a command that was carried out. */
function unlike(contract: Contract | undefined, { status, body }: Answer): string | undefined {
  if (contract === undefined || status >= 300) return undefined;
  if (contract.answer === undefined) return body === '' ? undefined : `${status} says ${body.slice(0, 200)}`;
  const validator = validators.get(contract) ?? Compile(contract.answer);
  validators.set(contract, validator);
  return validator.Check(JSON.parse(body)) ? undefined : `${status} is not what was promised: ${body.slice(0, 300)}`;
}
