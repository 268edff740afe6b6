import { pageOf } from "../src/base/list.ts";
import { isoTime } from "../src/base/time.ts";
import { intentsPage } from "../src/db/checkouts.ts";
import { publicRow } from "../src/db/public-row.ts";
import { checkoutIntents } from "../src/db/schema/index.ts";
import { defineResource, readsAsOwner } from "../src/kernel/resource.ts";

/** The actor's checkouts, newest first; with `owner:read`, every actor's. */
export const checkouts = defineResource({
  name: "checkouts",
  uri: "commerce://checkouts",
  title: "Checkouts",
  description: "Your checkouts, newest first, in pages by nextUri. The owner sees everyone's.",
  readers: ["checkout:write", "owner:read"],
  list: true,
  load: ({ actor, after, ctx }) => ({
    intents: intentsPage(ctx, readsAsOwner(actor) ? undefined : (actor?.id ?? ""), after),
  }),
  present({ rows }) {
    const { page, last } = pageOf(rows.intents, ({ createdAt, id }) => ({ createdAt, id }));
    return {
      items: page.map((row) => ({ ...publicRow(checkoutIntents, row), updatedAt: isoTime(row.updatedAt) })),
      last,
    };
  },
});
