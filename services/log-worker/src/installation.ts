/** The identity of this installation: a client whose cursors name another one drops them. */
export interface Installation {
  generation(): Promise<string>;
}
