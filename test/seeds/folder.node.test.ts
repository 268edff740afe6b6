import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { devAccountsOf } from "../../src/dev/seeds/check-dev-accounts.ts";
import { businessFromFolder, devAccountsFromFolder, readFolder, storyFromFolder } from "../../src/dev/seeds/folder.ts";
import { seedStatements } from "../../src/dev/seeds/seed-statements.ts";
import { sqlText } from "../../src/dev/seeds/sql-text.ts";
import { bundledDevAccounts, bundledFiles, bundledReferenceStory } from "../support/bundled-seeds.ts";
import { faultsOf } from "../support/spoiled-seeds.ts";

test("the folder and the bundled modules hold the same files", () => {
  const { files, faults } = readFolder();
  expect(faults).toEqual([]);
  expect(Object.keys(files).sort()).toEqual(Object.keys(bundledFiles).sort());
  expect(files).toEqual(bundledFiles);
  const business = businessFromFolder();
  expect(business).toEqual(parseBusiness(bundledFiles));
  expect(storyFromFolder(business)).toEqual(bundledReferenceStory(business));
  expect(devAccountsFromFolder(business.files.business)).toEqual(bundledDevAccounts());
});

test("a file that is no JSON is named", () => {
  const root = mkdtempSync(join(tmpdir(), "seeds-"));
  try {
    writeFileSync(join(root, "prices.json"), "{ prices: [] }");
    expect(() => businessFromFolder(root)).toThrow("prices.json: line 1, column 3 is not JSON");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a business needs its profile, products and prices alone; the rest has a neutral value", () => {
  const folder = mkdtempSync(join(tmpdir(), "seeds-"));
  const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));
  try {
    write("business.json", {
      ownerUserId: "user-baker",
      ownerName: "Baker",
      ownerEmail: "baker@example.test",
      name: "\u6771\u4eac\u30d9\u30fc\u30ab\u30ea\u30fc",
      confirmationName: "Tokyo Bakery",
      locale: "ja-JP",
      timeZone: "Asia/Tokyo",
      supportEmail: "help@example.test",
    });
    write("products.json", { products: [{ id: "bread", name: "Bread" }] });
    write("prices.json", {
      prices: [{ id: "price-bread", productId: "bread", nickname: "Bread", currency: "jpy", unitAmountCents: 480 }],
    });
    write("offers.json", {
      stacks: [
        {
          id: "bread",
          offers: [{ id: "bread", productId: "bread", priceId: "price-bread", name: "Bread", stripeMode: "sandbox" }],
        },
      ],
    });
    const business = businessFromFolder(folder);
    expect(business.files.business.contactPath).toBe("mailto:help@example.test");
    expect(business.files.prices.prices[0]).toMatchObject({
      active: true,
      confirmationName: "Bread",
      billingInterval: "one_time",
    });
    expect(business.files.offers.stacks[0]).toMatchObject({
      slug: "bread",
      funnelRoute: "/offers",
      decisionWindowMinutes: null,
    });
    expect(business.files.plans.plans).toEqual([]);
    expect(devAccountsFromFolder(business.files.business, folder).map(({ id }) => id)).toEqual([
      "user-baker",
      "user-local-buyer",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("accounts of a business hold its owner and a buyer", () => {
  const business = businessFromFolder();
  const account = { id: "user-other", name: "Other", email: "other@example.test", password: "local-password" };
  const owner = { ...account, id: business.files.business.ownerUserId };
  expect(faultsOf(() => devAccountsOf(business.files.business, { accounts: [account] }))).toEqual([
    `stories/accounts.json: accounts must hold the owner: an account with the id ${owner.id}, as ownerUserId in business.json is, or delete the file: npm run dev then makes both accounts`,
  ]);
  expect(faultsOf(() => devAccountsOf(business.files.business, { accounts: [owner] }))).toEqual([
    "stories/accounts.json: accounts must hold a buyer: an account with another id than the owner's, or delete the file: npm run dev then makes both accounts",
  ]);
});

test("the seeds are rows of the catalog, and nothing of a story or an account", () => {
  const text = sqlText(seedStatements(businessFromFolder(), 0));
  const tables = new Set(Array.from(text.matchAll(/^INSERT INTO (\w+) /gm), (match) => match[1]));
  expect(tables.has("commerce_prices")).toBe(true);
  for (const table of ["checkout_intents", "operations", "payment_audit_events", "account", "session"]) {
    expect(tables.has(table)).toBe(false);
  }
  expect(text).not.toContain("story");
});
