import type { Settings } from '../config/index.ts';

/** The part of the configuration that a bus takes. */
export type BusSettings = Settings<
  | 'natsUrls'
  | 'natsUser'
  | 'natsPasswordFile'
  | 'natsCaFile'
  | 'roomStreams'
  | 'streamReplicas'
  | 'streamMaxBytes'
  | 'accessReplicas'
  | 'duplicateWindowMs'
  | 'ackTimeoutMs'
  | 'appendDeadlineMs'
  | 'publishWindow'
  | 'accessTokenMs'
>;
