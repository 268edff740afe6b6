import type { Keyring } from "./keyring.ts";

/** The last item of a page. In a list with stored positions, the next page starts after the position it has by then. */
export interface ListPlace {
  readonly id: string;
}

/** The last item of a page, in the order of a list: newest first. */
export interface ListPosition extends ListPlace {
  readonly createdAt: number;
}

/** Items on one page of a list. */
export const PAGE_SIZE = 25;

/** The first page of rows that were read with a limit of `size + 1`; `last` is set where another page follows. */
export function pageOf<Row, Place extends ListPlace>(
  rows: readonly Row[],
  position: (row: Row) => Place,
  size: number = PAGE_SIZE,
): { page: Row[]; last?: Place } {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  return rows.length > size && last ? { page, last: position(last) } : { page };
}

/** A position as a cursor, sealed for one list and one reader: `place` names both. */
export function sealCursor(keyring: Keyring, position: ListPlace, place: string): Promise<string> {
  return keyring.seal(JSON.stringify(position), place);
}

/** The position in a cursor, as its list sealed it; undefined for an edited cursor, and for one of another list or reader. */
export async function openCursor(keyring: Keyring, cursor: string, place: string): Promise<ListPosition | undefined> {
  const text = await keyring.open(cursor, place).catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ListPosition);
}
