import { beforeAll, expect, test } from "vitest";
import { BUSINESS_PARTS } from "../../src/db/schema/vocabulary.ts";
import { commerceQueries } from "../../src/db/source-data.ts";
import {
  type CommerceDocument,
  commerceDocument,
  findCommerceSection,
  findCommerceTable,
  sectionsOf,
} from "../../src/source-data/commerce-document.ts";
import { runningStripe } from "../../src/source-data/stripe-versions.ts";
import reference from "../fixtures/reference-document.json" with { type: "json" };
import { databaseWithStory } from "../seeds/seeded-database.ts";
import { ALLOWED_DIFFERENCES } from "./allowed-differences.ts";
import { differences } from "./compare-documents.ts";

const DEPLOYED = { maxMode: "sandbox", parts: new Set(BUSINESS_PARTS) } as const;

let document: CommerceDocument;
beforeAll(async () => {
  const { db, business } = await databaseWithStory();
  const rows = await db.read(commerceQueries(db, business.files.business.ownerUserId));
  document = commerceDocument(rows, runningStripe, DEPLOYED);
});

/** What a client gets: JSON has no undefined and no readonly. */
const published = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("on the reference story the document is the reference, but for the declared differences", () => {
  expect(differences(reference, published(document), ALLOWED_DIFFERENCES)).toEqual([]);
});

test("every declared difference is real: without its declaration the documents are not equal", () => {
  // On the day of the reference the date is the same, so another day stands in for it.
  const later = { ...document, updatedAt: "2026-05-23" };
  for (const declared of ALLOWED_DIFFERENCES) {
    const others = ALLOWED_DIFFERENCES.filter((difference) => difference !== declared);
    const found = differences(reference, published(later), others);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${declared.path}: `));
  }
});

test("the comparison sees a changed value, a lost or added key, another order, and a longer array", () => {
  const expected = { a: 1, list: [1, 2], inner: { x: "1", y: null } };
  expect(differences(expected, { list: [1, 2], a: 1, inner: { x: "1", y: null } }, [])).toEqual([
    ": keys are list,a,inner",
  ]);
  expect(differences(expected, { a: "1", list: [2, 1], inner: { x: "1", y: null } }, [])).toHaveLength(3);
  expect(differences(expected, { a: 1, list: [1, 2, 3], inner: { x: "1" } }, [])).toEqual([
    "list: 1 entries appended",
    "inner: keys are x",
    "inner.y: null became nothing",
  ]);
  const more = { a: 1, list: [1, 2, 3], inner: { x: "1", y: null, z: 0 } };
  expect(differences(expected, more, [])).toEqual(["list: 1 entries appended", "inner.z: added"]);
  expect(
    differences(expected, more, [
      { path: "list", kind: "appended", because: "" },
      { path: "inner.z", kind: "added", because: "" },
    ]),
  ).toEqual([]);
});

test("each section and each table can be read on its own, and nothing else", () => {
  expect(sectionsOf(DEPLOYED.parts)).toHaveLength(9);
  for (const name of sectionsOf(DEPLOYED.parts)) expect(findCommerceSection(document, name)).toBe(document[name]);
  for (const name of ["id", "updatedAt", "constructor", "__proto__", ""]) {
    expect(findCommerceSection(document, name)).toBeNull();
  }
  expect(document.tables).toHaveLength(15);
  for (const entry of document.tables) expect(findCommerceTable(document, entry.table)).toBe(entry);
  expect(findCommerceTable(document, "user")).toBeNull();
});
