import { expect, test } from "vitest";
import { randomToken } from "../../src/base/digest.ts";
import { randomIds } from "../../src/base/ids.ts";
import { assertRedacted, holdsProviderValue } from "../../src/base/redaction.ts";
import { newId } from "../../src/dev/stripe-sandbox/ids.ts";
import reference from "../fixtures/reference-document.json" with { type: "json" };

test("a provider's identifier or secret is found wherever it stands", () => {
  const prefixes = [
    "cs_test",
    "cs_live",
    "pi",
    "cus",
    "sub",
    "evt",
    "ch",
    "re",
    "in",
    "si",
    "seti",
    "pm",
    "py",
    "price",
    "prod",
    "acct",
    "du",
    "dp",
    "bps",
  ];
  for (const prefix of prefixes) {
    for (const length of [16, 24, 58]) {
      const id = newId(prefix, length);
      for (const value of [
        id,
        { a: [{ b: id }] },
        { [id]: 1 },
        `see ${id}.`,
        `https://x.test/${id}#y`,
        `x/${id}`,
        `a-${id}`,
        `_${id}`,
      ]) {
        expect(() => assertRedacted(value), JSON.stringify(value)).toThrow("provider identifier");
      }
    }
  }
  for (const secret of [
    "sk_test_abcdefgh12345678",
    "rk_live_abcdefgh12345678",
    "pk_test_abcdefgh12345678",
    "whsec_abcdefgh+/=",
  ]) {
    expect(holdsProviderValue(`key: ${secret}`), secret).toBe(true);
  }
});

test("the shortest that a provider makes is found, in letters of either case and in digits alone, and one less is none", () => {
  for (const id of ["pi_A1234567890123", "pi_test_1bcdefghijklmn", "cus_12345678901234", "evt_abcdefghijklmZ"]) {
    expect([id, holdsProviderValue(id)]).toEqual([id, true]);
    expect([id, holdsProviderValue(id.slice(0, -1))]).toEqual([id, false]);
  }
  for (const secret of ["sk_live_12345678", "rk_test_abcdefgh", "pk_live_ABCDEFGH", "whsec_abcdef+/"]) {
    expect([secret, holdsProviderValue(secret)]).toEqual([secret, true]);
    expect([secret, holdsProviderValue(secret.slice(0, -1))]).toEqual([secret, false]);
  }
  expect(holdsProviderValue("sk_other_12345678")).toBe(false);
  // Within a word it is no identifier.
  expect(holdsProviderValue("api_A1234567890123")).toBe(false);
  expect(holdsProviderValue("1pi_A1234567890123")).toBe(false);
});

test("prose, file names, ids and links of ours are none", () => {
  const ids = Array.from({ length: 200 }, () =>
    ["operation", "checkout-intent", "audit", "audit-event", "referral-click", "checkout-referral"].map((kind) =>
      randomIds.next(kind),
    ),
  ).flat();
  const links = Array.from({ length: 500 }, () => `https://app.test/api/commerce/checkout/redirect/${randomToken()}`);
  const words = [
    "price_recommendations.pdf",
    "in_conclusionandsummary.md",
    "re_presentationslides.pdf",
    "stripe_checkout_session_id",
    "product_entitlement_revocation_intents",
    "self_serve_subscription",
    "sub_merchandisecatalogue",
    "checkout.session.async_payment_succeeded",
    "whsec_",
    "sk_test",
    "STRIPE_WEBHOOK_SECRET_SANDBOX",
    "ch_1",
    "evt_short",
  ];
  for (const text of [...ids, ...links, ...words]) expect(holdsProviderValue(text), text).toBe(false);
  expect(holdsProviderValue(JSON.stringify(reference))).toBe(false);
});

test("what is clean comes back as it is, whatever its kind", () => {
  const value = { a: [1, null, "x"] };
  expect(assertRedacted(value)).toBe(value);
  expect(assertRedacted(undefined)).toBeUndefined();
});
