import { type ListPosition, openCursor, sealCursor } from "../base/list.ts";
import { notFound } from "../base/problem.ts";
import type { Visit } from "./visit.tsx";

/** The address of a list's newest page, with what was asked of it: a filter or a search. */
function listOf({ url }: Visit, after?: string): string {
  const asked = new URLSearchParams(url.searchParams);
  for (const name of ["after", "done", "changed"]) asked.delete(name);
  asked.sort();
  if (after !== undefined) asked.set("after", after);
  return asked.size === 0 ? url.pathname : `${url.pathname}?${asked}`;
}

const placeOf = (visit: Visit) => `${listOf(visit)} for ${visit.person.userId}`;

/** The position in the address; undefined for the newest page. Throws `not_found` for a cursor of another list or reader. */
export async function positionOf(visit: Visit): Promise<ListPosition | undefined> {
  const after = visit.url.searchParams.get("after");
  if (after === null) return undefined;
  const position = await openCursor(visit.site.ctx.keyring, after, placeOf(visit));
  if (!position) throw notFound();
  return position;
}

/** The links to the newest page and to the next older one. `last`: the position of the last row shown, if more follow. */
export async function Pager({
  visit,
  last,
  words: [start, next] = ["Newest", "Older"],
}: {
  visit: Visit;
  last: ListPosition | undefined;
  words?: readonly [start: string, next: string];
}) {
  const first = !visit.url.searchParams.has("after");
  if (first && !last) return null;
  const after = last && (await sealCursor(visit.site.ctx.keyring, last, placeOf(visit)));
  return (
    <p class="actions">
      {!first && <a href={listOf(visit)}>{start}</a>}
      {after && <a href={listOf(visit, after)}>{next}</a>}
    </p>
  );
}
