import { pageOf } from "../src/base/list.ts";
import { revocationIntentFields } from "../src/commerce/access/revocation-intent.ts";
import { revocationIntentsPage } from "../src/db/revocation-intents.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** Notes that access should be removed, and their withdrawals, newest first. */
export const revocationIntents = defineResource({
  name: "revocation-intents",
  uri: "commerce://revocation-intents",
  title: "Revocation intents",
  description: "Intents to remove access and their withdrawals, newest first, in pages by nextUri. The owner's.",
  part: "access",
  readers: ["owner:read"],
  list: true,
  load: ({ after, ctx }) => ({ intents: revocationIntentsPage(ctx, after) }),
  present({ rows }) {
    const { page, last } = pageOf(rows.intents, ({ createdAt, id }) => ({ createdAt, id }));
    return { items: page.map(revocationIntentFields), last };
  },
});
