import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { fromCursor, pageOf, toCursor } from '../../src/domain/cursor.ts';

t.test('a cursor brings its id back', async (t) => {
  const id = newId<RoomId>();
  t.equal(fromCursor(toCursor(id)), id);
  t.equal(fromCursor(undefined), undefined);
});

t.test('what was never a cursor is refused', async (t) => {
  for (const text of ['', 'noise', toCursor('not an id'), `${toCursor(newId<RoomId>())}=`]) {
    t.throws(() => fromCursor(text), new Failure('invalid_cursor'), text);
  }
});

t.test('a page names the next one only when there is one', async (t) => {
  const ids = [newId<RoomId>(), newId<RoomId>(), newId<RoomId>()];
  const idOf = (id: RoomId) => id;
  t.same(pageOf(ids, 3, idOf), { items: ids });
  t.same(pageOf(ids, 2, idOf), { items: ids.slice(0, 2), next: toCursor(ids[1] as string) });
  t.same(pageOf([], 2, idOf), { items: [] });
});
