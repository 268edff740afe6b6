import { pageOf } from "../src/base/list.ts";
import { operationsPage } from "../src/db/operations.ts";
import { SCOPES } from "../src/kernel/actor.ts";
import { sightOf } from "../src/kernel/operation-sight.ts";
import { operationItem } from "../src/kernel/operation-view.ts";
import { defineResource, readsAsOwner } from "../src/kernel/resource.ts";

/** The actor's operations, newest first; with `owner:read`, every actor's. */
export const operations = defineResource({
  name: "operations",
  uri: "commerce://operations",
  title: "Operations",
  description: "Your confirmed writes, newest first, in pages by nextUri. The owner sees everyone's.",
  readers: SCOPES,
  list: true,
  load: ({ actor, after, ctx }) => ({
    rows: operationsPage(ctx, readsAsOwner(actor) ? undefined : (actor?.id ?? ""), after),
  }),
  present({ rows, actor, ctx }) {
    const { page, last } = pageOf(rows.rows, ({ createdAt, id }) => ({ createdAt, id }));
    return { items: page.map((row) => operationItem(row, sightOf(row, actor, ctx))), last };
  },
});
