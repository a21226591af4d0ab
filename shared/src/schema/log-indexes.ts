const exists = (field: string) => ({ [field]: { $exists: true } });

/** Indexes by collection of what log workers write. They make them; the queries of the api rest on them. */
export const logIndexes = {
  events: [
    { name: 'client_id', key: { r: 1, u: 1, k: 1, c: 1 }, unique: true, partialFilterExpression: exists('c') },
    { name: 'op', key: { op: 1 }, unique: true, partialFilterExpression: exists('op') },
    { name: 'history', key: { r: 1, s: 1 }, partialFilterExpression: { k: 'msg' } },
    { name: 'changes', key: { r: 1, m: 1, k: 1 }, partialFilterExpression: exists('m') },
    // Everything that a count of replies looks at is in the key: it reads no rows.
    { name: 'replies', key: { th: 1, s: 1, del: 1, ver: 1, u: 1, at: 1 }, partialFilterExpression: exists('th') },
  ],
  reactions: [{ name: 'of_message', key: { r: 1, m: 1, on: 1, e: 1 } }],
  pins: [{ name: 'of_room', key: { r: 1, on: 1, ver: 1 } }],
  mentions: [
    { name: 'of_user', key: { u: 1, at: -1, _id: -1 } },
    { name: 'of_user_in_room', key: { u: 1, r: 1, m: 1 } },
    { name: 'in_message', key: { r: 1, m: 1 } },
  ],
  // One gram of one room is one stretch of it, in the order in which messages are shown.
  search: [{ name: 'of_room', key: { r: 1, g: 1, s: -1 } }],
  threads: [{ name: 'by_last_reply', key: { r: 1, 'last.s': 1 } }],
} as const;
