import type { Keyring } from "./keyring.ts";

/** The last item of a page, in the order of a list: newest first. */
export interface ListPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** Items on one page of a list. */
export const PAGE_SIZE = 25;

/** The first page of rows that were read with a limit of `PAGE_SIZE + 1`; `last` is set where another page follows. */
export function pageOf<Row>(
  rows: readonly Row[],
  position: (row: Row) => ListPosition,
): { page: Row[]; last?: ListPosition } {
  const page = rows.slice(0, PAGE_SIZE);
  const last = page.at(-1);
  return rows.length > PAGE_SIZE && last ? { page, last: position(last) } : { page };
}

/** A position as a cursor, sealed for one list and one reader: `place` names both. */
export function sealCursor(keyring: Keyring, position: ListPosition, place: string): Promise<string> {
  return keyring.seal(JSON.stringify(position), place);
}

/** The position in a cursor; undefined for an edited cursor, and for one of another list or reader. */
export async function openCursor(keyring: Keyring, cursor: string, place: string): Promise<ListPosition | undefined> {
  const text = await keyring.open(cursor, place).catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ListPosition);
}
