import { beforeAll, expect, test } from "vitest";
import { rowsSha256, rowsText, SEAL, type Seal } from "../../src/audit/seal.ts";
import { type FoundAudit, verifyAudit } from "../../src/audit/verify.ts";
import { sha256 } from "../../src/base/digest.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import type { RowRecord } from "../../src/db/sealed-rows.ts";
import { openSigningKeys } from "../../src/signing/keys.ts";
import type { PublicKey } from "../../src/signing/public-key.ts";
import { sign } from "../../src/signing/signed.ts";

/** Chains as only the holder of the key could make them: each link is checked by itself, not by what else would not fit. */
const signing = openSigningKeys(openSecrets(["a-secret-of-this-test-a-secret-of-this-1"]));
const rows: readonly RowRecord[] = [1, 2, 4, 7].map((sequence) => ({ sequence, id: `row-${sequence}`, note: null }));
const NONE = {
  affiliate_commission_ledger_actions: [],
  checkout_post_purchase_decisions: [],
  product_entitlement_revocation_intents: [],
};
let keys: readonly PublicKey[];
beforeAll(async () => {
  ({ keys } = await signing.published());
});

const within = (after: number, through: number) =>
  rows.filter(({ sequence }) => Number(sequence) > after && Number(sequence) <= through);

async function sealed(number: number, after: number, through: number, before?: string, change: Partial<Seal> = {}) {
  const stretch = within(after, through);
  const seal: Seal = {
    owner: "business",
    number,
    after,
    through,
    rows: stretch.length,
    rowsSha256: await rowsSha256(stretch),
    previousSha256: before === undefined ? null : await sha256(before),
    sealedAt: "2026-11-24T00:00:00.000Z",
    ...change,
  };
  return sign(SEAL, seal, signing);
}

async function verdictOf(seals: readonly string[], change: Partial<FoundAudit> = {}) {
  return verifyAudit({ owner: "business", rows, beside: NONE, seals, head: seals.at(-1), ...change }, keys);
}

test("a sound chain has no fault, whatever order its rows come in, and says what it covers", async () => {
  const first = await sealed(1, 0, 2);
  const second = await sealed(2, 2, 4, first);
  for (const found of [rows, rows.toReversed()]) {
    const verdict = await verdictOf([first, second], { rows: found });
    expect(verdict).toMatchObject({ faults: [], sealedRows: 3, unsealedRows: 1, latest: { number: 2, through: 4 } });
  }
  // The head may be behind, spelled with a line's end, or not at hand.
  for (const head of [first, `${second}\n`, undefined]) {
    expect((await verdictOf([first, second], { head })).faults).toEqual([]);
  }
  expect(await verdictOf([])).toEqual({
    faults: [],
    sealedRows: 0,
    unsealedRows: 4,
    rowsBeside: 0,
    latest: undefined,
  });
});

test("each broken link is told by its own words", async () => {
  const first = await sealed(1, 0, 2);
  const broken: [Promise<string>, string][] = [
    [sealed(2, 2, 4, first, { owner: "another" }), "Seal 2: it is another business's."],
    [sealed(3, 2, 4, first), "Seal 2: it is number 3: one was removed or moved."],
    [sealed(2, 2, 4, `${first}x`), "Seal 2: it does not follow the one before."],
    [sealed(2, 2, 4), "Seal 2: it does not follow the one before."],
    [sealed(2, 4, 7, first), "Seal 2: it leaves out rows after the one before."],
  ];
  for (const [second, fault] of broken) {
    expect((await verdictOf([first, await second], { head: undefined })).faults).toEqual([fault]);
  }
  expect((await verdictOf([await sealed(1, 0, 2, "x")], { head: undefined })).faults).toEqual([
    "Seal 1: it does not follow the one before.",
  ]);
  expect((await verdictOf([await sealed(1, 1, 2)], { head: undefined })).faults).toEqual([
    "Seal 1: it leaves out rows after the one before.",
  ]);
});

test("a seal that is none is told, and the ones after it are looked at all the same", async () => {
  const first = await sealed(1, 0, 2);
  const verdict = await verdictOf([first, "x.y.z", await sealed(3, 2, 4, first)], { head: undefined });
  expect(verdict.faults).toEqual(["Seal 2: This is no seal: it is not a signed text of three parts."]);
  expect(verdict.latest?.number).toBe(3);
});

test("rows that are not as they were are told with their stretch, by number and by content", async () => {
  const first = await sealed(1, 0, 2);
  const second = await sealed(2, 2, 7, first);
  const of = async (found: readonly RowRecord[]) => (await verdictOf([first, second], { rows: found })).faults;
  const words = (was: number, is: number) =>
    `Rows 3 to 7 are not as they were sealed at 2026-11-24T00:00:00.000Z: ${was} then, ${is} found.`;
  expect(await of(rows.filter(({ sequence }) => sequence !== 4))).toEqual([words(2, 1)]);
  expect(await of(rows.filter(({ sequence }) => sequence !== 7))).toEqual([words(2, 1)]);
  expect(await of(rows.map((row) => (row.sequence === 4 ? { ...row, note: "x" } : row)))).toEqual([words(2, 2)]);
  expect(await of([...rows, { sequence: 5, id: "row-5" }])).toEqual([words(2, 3)]);
  // A seal that counts wrong is wrong, though its hash fits.
  const miscounted = await sealed(2, 2, 7, first, { rows: 3 });
  expect((await verdictOf([first, miscounted])).faults).toEqual([words(3, 2)]);
});

test("the head is held against the chain: cut off, replaced, another's, or none of ours", async () => {
  const first = await sealed(1, 0, 2);
  const second = await sealed(2, 2, 4, first);
  const of = async (seals: readonly string[], head: string) => (await verdictOf(seals, { head })).faults;
  expect(await of([first], second)).toEqual([
    expect.stringMatching(/^The end of the audit is missing: seal 2 was made, and 1 are here\./),
  ]);
  expect(await of([first, second], await sealed(2, 2, 7, first))).toEqual([
    expect.stringMatching(/^Seal 2 is not the one that was kept as the head\./),
  ]);
  expect(await of([first, second], await sealed(2, 2, 4, first, { owner: "another" }))).toEqual([
    "The head is another business's.",
  ]);
  expect(await of([first], "nothing")).toEqual(["The head: This is no seal: it is not a signed text of three parts."]);
});

test("a column that is added later without a value changes the text of no earlier row", () => {
  expect(rowsText([{ b: 1, a: null, c: "x" }, { a: 2 }])).toBe('[{"b":1,"c":"x"},{"a":2}]');
  expect(
    rowsText([
      { b: 1, c: "x", d: null },
      { a: 2, d: null },
    ]),
  ).toBe('[{"b":1,"c":"x"},{"a":2}]');
});
