/** The name of the index that refused a row: the driver gives it only inside the server's sentence. */
export const refusingIndex = (errmsg: string): string | undefined => / index: (\S+) dup key: /.exec(errmsg)?.[1];
