import { expect, test } from "vitest";
import { applyBusiness } from "../../src/dev/catalog/apply-changes.ts";
import { compare } from "../../src/dev/catalog/compare.ts";
import { assertDeployedFor } from "../../src/dev/catalog/deployed-fit.ts";
import { deployedDatabase } from "../../src/dev/deploy/remote-database.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { failed, json, NOW, type Played, played, refused, targetOf, VERSION, version } from "../dev/deploy/account.ts";

const target = targetOf();
const { files, prose } = target.business;

/** The business with another summary of its first offer, with a quote and a line break in it. */
const reworded: Business = {
  prose,
  files: {
    ...files,
    offers: {
      stacks: files.offers.stacks.map((stack) => ({
        ...stack,
        offers: stack.offers.map((offer, index) =>
          index === 0 ? { ...offer, summary: "It's new;\nand here." } : offer,
        ),
      })),
    },
  },
};
const withoutOffers: Business = { prose, files: { ...files, offers: { stacks: [] }, affiliates: { programs: [] } } };

const audit = ({ db }: Played) =>
  db.prepare("SELECT * FROM payment_audit_events WHERE actor_kind = 'operator_cli'").all();
const apply = (outside: Played, business: Business) => applyBusiness(deployedDatabase(target, outside), business, NOW);

test("the deployed database is read by queries and changed by one file, with its row in the audit", async () => {
  const outside = played(target);
  const { comparison, auditCorrelationId } = await apply(outside, reworded);
  expect(comparison.changed.map(({ table, id, fields }) => [table, id, fields[0]?.field, fields[0]?.to])).toEqual([
    ["stack_offers", "offer-primary-sandbox-launch-pass", "summary", "It's new;\nand here."],
  ]);
  expect(outside.db.prepare("SELECT summary FROM stack_offers WHERE role = 'primary'").get()).toEqual({
    summary: "It's new;\nand here.",
  });
  expect(audit(outside)).toMatchObject([{ event_kind: "catalog_applied", audit_correlation_id: auditCorrelationId }]);
  const [read, write, ...more] = outside.commands;
  expect(more).toEqual([]);
  expect(read).toContain("d1 execute commerce --remote --json --env= --command SELECT");
  expect(write).toMatch(/^d1 execute commerce --remote --yes --json --env= --file \S+catalog\.sql$/);
  expect((await apply(outside, reworded)).auditCorrelationId).toBeUndefined();
  expect(audit(outside)).toHaveLength(1);
});

test("what the files no longer have goes off sale there too", async () => {
  const outside = played(target);
  await apply(outside, withoutOffers);
  expect(outside.db.prepare("SELECT DISTINCT withdrawn FROM stack_offers").all()).toEqual([{ withdrawn: 1 }]);
  expect((await compare(deployedDatabase(target, outside), withoutOffers, NOW)).statements).toEqual([]);
});

test("a file that D1 refuses changes nothing, and the reason is told", async () => {
  const outside = played(target);
  outside.db.exec("CREATE TRIGGER refuse BEFORE INSERT ON payment_audit_events BEGIN SELECT RAISE(ABORT, 'no'); END");
  await expect(apply(outside, reworded)).rejects.toThrow(
    /^Nothing was changed, since D1 takes a file whole or not at all: .*no/,
  );
});

test("a database that can't be read is told in wrangler's words", async () => {
  const outside = played(target, {
    commands: { "d1 execute": refused("/accounts/b19/d1", "Authentication error [code: 10000]") },
  });
  await expect(apply(outside, reworded)).rejects.toThrow("Authentication error [code: 10000]");
});

/** An account whose serving version has these variables. */
const serving = (variables: Record<string, string>) =>
  played(target, { commands: { "versions view": json(version({ ...target, settings: variables })) } });
const assertFit = (outside: Played, business = target.business) => assertDeployedFor({ ...target, business }, outside);

test("an apply that changes a part waits for a deploy; another owner is refused", async () => {
  await assertFit(serving(target.settings));
  await expect(assertFit(serving(target.settings), withoutOffers)).rejects.toThrow(
    "The files change a part of the business: it still has offers, upsells, affiliates. A deploy changes parts, and loads the files with them: npm run deploy",
  );
  await expect(assertFit(serving({ ...target.settings, BUSINESS_PARTS: "plans,access" }))).rejects.toThrow(
    "the deployed server has no offers, files, upsells, affiliates yet",
  );
  await expect(assertFit(serving({ ...target.settings, BUSINESS_OWNER_USER_ID: "user-other" }))).rejects.toThrow(
    "business.json: ownerUserId must be the owner that the deployed server is set to: it is user-other there",
  );
});

test("a Worker that was never deployed, and one that can't be asked", async () => {
  const never = played(target, {
    commands: { "deployments status": failed("The Worker agent-commerce-server has no deployments.") },
  });
  await expect(assertFit(never)).rejects.toThrow("Nothing is deployed yet. Deploy first: npm run deploy");
  const unread = played(target, {
    commands: { [`versions view ${VERSION}`]: refused("/accounts/b19/workers", "Timeout [code: 10013]") },
  });
  await expect(assertFit(unread)).rejects.toThrow(
    "The deployed server can't be asked: A request to the Cloudflare API",
  );
});
