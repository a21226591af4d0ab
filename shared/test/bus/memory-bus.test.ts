import t from 'tap';
import { createMemoryBus } from '../../src/bus/index.ts';
import { busContract } from './bus-contract.ts';

busContract(t, async () => createMemoryBus());
