import type { ListPosition } from "../base/list.ts";
import { notFound } from "../base/problem.ts";
import type { Visit } from "./console-page.tsx";

const placeOf = ({ url, person }: Visit) => `${url.pathname} for ${person.userId}`;

/** Where the list goes on. Throws `not_found` for a position that is not of this list and reader. */
export async function positionOf(visit: Visit): Promise<ListPosition | undefined> {
  const after = visit.url.searchParams.get("after");
  if (after === null) return undefined;
  const text = await visit.site.ctx.keyring.open(after, placeOf(visit)).catch(() => undefined);
  if (text === undefined) throw notFound();
  return JSON.parse(text) as ListPosition;
}

/** The address of the page behind this one; undefined on the last. */
export async function olderOf(visit: Visit, last: ListPosition | undefined): Promise<string | undefined> {
  if (!last) return undefined;
  const after = await visit.site.ctx.keyring.seal(JSON.stringify(last), placeOf(visit));
  return `${visit.url.pathname}?${new URLSearchParams({ after })}`;
}

/** The ways through a list. */
export function Pager({ visit, older }: { visit: Visit; older: string | undefined }) {
  const first = !visit.url.searchParams.has("after");
  if (first && !older) return null;
  return (
    <p class="actions">
      {!first && <a href={visit.url.pathname}>Newest</a>}
      {older && <a href={older}>Older</a>}
    </p>
  );
}
