/** A room of the house: a folder or a file, and what it is for. */
interface Room {
  readonly path: string;
  readonly holds: string;
}

/**
 * The architecture: a file imports from its own room or from a lower floor, types included. The first list is the lowest
 * floor. `src/dev/` stands beside the house: it may import from every floor, and no floor imports from it.
 */
export const FLOORS: readonly (readonly Room[])[] = [
  [
    {
      path: "src/base/",
      holds: "time, ids, money, keys, canonical JSON, problems, redaction, fields, lists, log, bodies",
    },
  ],
  [
    {
      path: "src/pages/",
      holds: "the frame of every page: layout, styles, security headers, shared elements and forms",
    },
    { path: "src/db/", holds: "tables, vocabularies, and queries by subject; every query takes a `Store`" },
    { path: "src/signing/", holds: "keys and JWS" },
    { path: "src/mail/", holds: "the port through which mail is sent" },
  ],
  [{ path: "src/facts/", holds: "pure folds: the status that stored facts add up to" }],
  [{ path: "src/stripe/", holds: "Stripe's client, frozen requests, and readers of Stripe's objects" }],
  [{ path: "src/kernel/", holds: "the confirmed write, resources, approvals, and the `Context` they work with" }],
  [
    { path: "src/audit/", holds: "seals over the audit, and their check" },
    { path: "src/receipts/", holds: "what a receipt says and how it is signed" },
  ],
  [
    { path: "src/commerce/", holds: "what the business does, a room for each thing, with its contract beside it" },
    { path: "src/auth/", holds: "sign-in for people and OAuth for agents, with their forms and pages" },
  ],
  [
    { path: "src/source-data/", holds: "the published document, computed" },
    { path: "tools/", holds: "one file per tool; `index.ts` is a list" },
    { path: "src/mcp/", holds: "the two MCP endpoints" },
  ],
  [
    { path: "resources/", holds: "one file per resource; `index.ts` is a list" },
    { path: "src/site.ts", holds: "what every page and HTTP route works with" },
  ],
  [
    { path: "src/storefront/", holds: "pages of the buyer: prices, payment links, orders, offers after payment" },
    { path: "src/account/", holds: "pages of a signed-in person" },
    { path: "src/approvals/", holds: "pages on which a person decides" },
    { path: "src/console/", holds: "pages and commands of the owner" },
  ],
  [
    { path: "src/http/", holds: "the router of every path, writes over HTTP, the webhook, uploads, receipts" },
    { path: "src/env.ts", holds: "the settings of a deployment, checked" },
  ],
  [{ path: "src/app.ts", holds: "builds every part and hands it the others, once per isolate" }],
  [{ path: "src/worker.ts", holds: "the entry" }],
];

/** Rooms inside `src/commerce/`, lowest first; a room there imports from itself, a lower one, or the files beside them. */
export const COMMERCE_FLOORS: readonly (readonly string[])[] = [
  ["access", "affiliates", "checkout"],
  ["assets", "erasure", "plans"],
  ["delivery"],
  ["purchase"],
  ["mails"],
  ["heal"],
];
