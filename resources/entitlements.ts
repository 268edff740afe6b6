import { pageOf } from "../src/base/list.ts";
import { isoTime } from "../src/base/time.ts";
import { entitlementsPage } from "../src/db/entitlements.ts";
import { publicRow } from "../src/db/public-row.ts";
import { productEntitlements } from "../src/db/schema/index.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** Every entitlement, the latest grant first. */
export const entitlements = defineResource({
  name: "entitlements",
  uri: "commerce://entitlements",
  title: "Entitlements",
  description: "Access that paid checkouts gave, the latest first, in pages by nextUri. The owner's.",
  part: "access",
  readers: ["owner:read"],
  list: true,
  load: ({ after, ctx }) => ({ entitlements: entitlementsPage(ctx, after) }),
  present({ rows }) {
    const { page, last } = pageOf(rows.entitlements, ({ grantedAt, id }) => ({ createdAt: grantedAt, id }));
    return {
      items: page.map((row) => ({ ...publicRow(productEntitlements, row), updatedAt: isoTime(row.updatedAt) })),
      last,
    };
  },
});
