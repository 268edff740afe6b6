import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkFolder } from "../../src/dev/catalog/check.ts";
import { proseWarnings } from "../../src/dev/catalog/other-names.ts";
import { faultLine } from "../../src/dev/seeds/faults.ts";
import { businessFromFolder } from "../../src/dev/seeds/folder.ts";
import { type Content, inFolder, type OwnFiles, ownFiles } from "../support/own-folder.ts";
import { faultsOf } from "../support/spoiled-seeds.ts";

/** What a check says of the files, `change` made in them. */
function said(change: (files: OwnFiles) => void, settings: Record<string, string> = {}) {
  const files = ownFiles();
  change(files);
  return inFolder(files, (folder) => {
    const { errors, warnings } = checkFolder(folder, settings);
    const atStart = faultsOf(() => businessFromFolder(folder));
    return { errors: errors.map(faultLine), warnings: warnings.map(faultLine), atStart };
  });
}

/** Sets the value at a path of names and indices in a file, or takes it out. */
const set = (file: string, path: string, value: unknown) => (files: OwnFiles) => {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const holder = keys.reduce<Content | undefined>((at, key) => at?.[key], files[file]);
  if (!holder) throw new Error(`${file} has no ${path}`);
  if (value === undefined) delete holder[last];
  else Object.assign(holder, { [last]: value });
};

const all =
  (...changes: readonly ((files: OwnFiles) => void)[]) =>
  (files: OwnFiles) => {
    for (const change of changes) change(files);
  };

/** A file as text instead of JSON. */
const text = (file: string, change: (json: string) => string) => (files: OwnFiles) => {
  files[file] = change(JSON.stringify(files[file], null, 2)) as unknown as Content;
};

test("the business of these tests is in order", () => {
  expect(said(() => undefined)).toEqual({ errors: [], warnings: [], atStart: [] });
});

const PRICES = "prices.json";
const OFFERS = "offers.json";
const guide = (field: string) => `prices.json: prices[0].${field}`;
const inEveryPrice = (field: string, value: unknown) => (files: OwnFiles) => {
  for (const price of rowsOf(files, PRICES, "prices")) Object.assign(price, { [field]: value });
};

function rowsOf(files: OwnFiles, file: string, list: string): Content[] {
  const rows = files[file]?.[list];
  if (!Array.isArray(rows)) throw new Error(`${file} has no ${list}`);
  return rows;
}

/** Ten bumps beside the guide whose price ids have 68 characters. */
const tenBumps = (files: OwnFiles) => {
  const offers = rowsOf(files, OFFERS, "stacks")[0]?.offers as unknown as object[];
  for (let index = 0; index < 10; index += 1) {
    const id = `bump-${index}`;
    const priceId = `${id}-`.padEnd(68, "x");
    (rowsOf(files, PRICES, "prices") as object[]).push({
      id: priceId,
      productId: "extra",
      nickname: id,
      currency: "usd",
      unitAmountCents: 500,
    });
    offers.push({ id, role: "order_bump", productId: "extra", priceId, name: id, stripeMode: "sandbox" });
  }
};

/** What is wrong, how, and all that a check then says. A word of the way out stands in each line. */
const ERRORS: readonly (readonly [string, (files: OwnFiles) => void, readonly string[]])[] = [
  [
    "a currency that is none, in every price",
    inEveryPrice("currency", "yen"),
    [0, 1, 2, 3, 4, 5].map(
      (index) =>
        `prices.json: prices[${index}].currency must be the code of a currency that Stripe charges, in lower case, as usd or jpy: yen is none`,
    ),
  ],
  [
    "an amount of nothing",
    set(PRICES, "prices.0.unitAmountCents", 0),
    [`${guide("unitAmountCents")} must be at least 50: Stripe charges no less than 0.50 USD, so raise the price`],
  ],
  [
    "an amount below the least",
    set(PRICES, "prices.0.unitAmountCents", 10),
    [`${guide("unitAmountCents")} must be at least 50: Stripe charges no less than 0.50 USD, so raise the price`],
  ],
  [
    "an amount beyond the most",
    set(PRICES, "prices.1.unitAmountCents", 1_000_000_000_000),
    [
      "prices.json: prices[1].unitAmountCents must be at most 99999999: Stripe charges no more than 999999.99 USD, so lower the price",
    ],
  ],
  [
    "a last digit that is not 0 in a currency of three decimals",
    all(inEveryPrice("currency", "kwd"), set(PRICES, "prices.0.unitAmountCents", 1_234)),
    [`${guide("unitAmountCents")} must end in 0: Stripe takes KWD in steps of 10, so use 1230 or 1240`],
  ],
  [
    "a name that is not ASCII, without one for sentences",
    all(
      set("business.json", "name", "Bäckerei"),
      set(PRICES, "prices.0.nickname", "東京ベーカリー"),
      set("products.json", "products.0.name", "東京ベーカリー"),
    ),
    [
      'business.json: confirmationName must be set, in plain ASCII: the name "Bäckerei" has other characters, and a confirmation text is compared character by character',
      `${guide("confirmationName")} must be set, in plain ASCII: the nickname "東京ベーカリー" has other characters, and a confirmation text is compared character by character`,
    ],
  ],
  [
    "ten bumps with long price ids",
    tenBumps,
    [
      "offers.json: stacks[0].offers must have order bumps whose price ids, joined by commas, fit in 500 characters of Stripe's metadata, and they have 689: shorten the ids of these prices, or take a bump out",
    ],
  ],
  [
    "no account for the owner",
    (files) => {
      const account = { id: "user-b", name: "B", email: "b@corner.test", password: "local-password" };
      files["stories/accounts.json"] = { accounts: [account] } as unknown as Content;
    },
    [
      "stories/accounts.json: accounts must hold the owner: an account with the id user-corner-studio, as ownerUserId in business.json is, or delete the file: npm run dev then makes both accounts",
    ],
  ],
  [
    "the owner's address on another account",
    (files) => {
      const account = (id: string, email: string) => ({ id, name: id, email, password: "local-password" });
      const accounts = [account("user-corner-studio", "o@corner.test"), account("user-b", "Owner@corner.test")];
      files["stories/accounts.json"] = { accounts } as unknown as Content;
    },
    [
      "stories/accounts.json: accounts[1].email must not be ownerEmail of business.json, which is the owner's: give this account another address",
    ],
  ],
  [
    "one address on two accounts",
    (files) => {
      const account = (id: string, email: string) => ({ id, name: id, email, password: "local-password" });
      const accounts = [account("user-corner-studio", "o@corner.test"), account("user-b", "O@corner.test")];
      files["stories/accounts.json"] = { accounts } as unknown as Content;
    },
    [
      "stories/accounts.json: accounts[1].email must be the address of one account: O@corner.test is also that of user-corner-studio, so give this one another",
    ],
  ],
  [
    "two products under one id",
    set("products.json", "products.1.id", "sample-guide"),
    [
      "products.json: products[1].id must be unique: sample-guide stands there before, so give this one another",
      "products.json: products[1].slug must be unique: sample-guide stands there before, so give this one another",
      "prices.json: prices[1].productId must be the id of a product: sample-session is unknown",
      "offers.json: stacks[1].offers[0].productId must be the id of a product: sample-session is unknown",
    ],
  ],
  [
    "two plans under one slug",
    set("plans.json", "plans.1.slug", "monthly"),
    ["plans.json: plans[1].slug must be unique: monthly stands there before, so give this one another"],
  ],
  [
    "the price of another product",
    set(OFFERS, "stacks.0.offers.0.priceId", "price-sample-session"),
    ["offers.json: stacks[0].offers[0].priceId must be a price of sample-guide, such as price-sample-guide"],
  ],
  [
    "two currencies in one stack",
    set(PRICES, "prices.2.currency", "eur"),
    [
      "offers.json: stacks[0].offers must be priced in one currency, since one payment holds them, and are in usd and eur: give one a stack of its own, or another price",
    ],
  ],
  [
    "a setup that recurs",
    set("plans.json", "plans.0.setupPriceId", "club-year"),
    [
      "plans.json: plans[0].setupPriceId must be a price that is paid once, and club-year is billed by year: name another, or take it out",
    ],
  ],
  [
    "a price by the month in an offer",
    set(PRICES, "prices.0.billingInterval", "month"),
    [
      "offers.json: stacks[0].offers[0].priceId must be a price that is paid once, and price-sample-guide is billed by month: sell it as a plan in plans.json",
    ],
  ],
  [
    "an offer in two stacks",
    (files) => {
      const stacks = rowsOf(files, OFFERS, "stacks");
      Object.assign(stacks[1] ?? {}, { offers: structuredClone(stacks[0]?.offers) });
    },
    ["sample-guide", "extra"]
      .flatMap((id, index) =>
        ["id", "publicOfferId"].map(
          (field) =>
            `offers.json: stacks[1].offers[${index}].${field} must be unique: ${id} stands there before, so give this one another`,
        ),
      )
      .toSorted((one, other) => Number(one.includes("public")) - Number(other.includes("public"))),
  ],
  [
    "several primary offers in one stack",
    set(OFFERS, "stacks.0.offers.1.role", "primary"),
    [
      "offers.json: stacks[0].offers must hold one primary offer, since the bumps and what is offered after payment belong to one sale: give each of the others a stack of its own",
    ],
  ],
  [
    "an offer without a price",
    set(OFFERS, "stacks.0.offers.0.priceId", undefined),
    ["offers.json: stacks[0].offers[0].priceId is missing"],
  ],
  [
    "a grant for an unknown price",
    set("access-catalog.json", "grantMaps.0.priceId", "price-sample-guid"),
    [
      "access-catalog.json: grantMaps[0].priceId must be the id of a price: price-sample-guid is unknown, did you mean price-sample-guide?",
    ],
  ],
  [
    "a contact plan with a price",
    set("plans.json", "plans.2.priceId", "club-month"),
    ["plans.json: plans[2].priceId must be null on a contact plan: take it out, or set status to self_serve"],
  ],
  [
    "a yearly plan with a monthly price",
    set("plans.json", "plans.1.priceId", "club-month"),
    [
      "plans.json: plans[1].priceId must be a price billed by year, and club-month is billed by month: set billingInterval to what the price has, or name another price",
    ],
  ],
  [
    "plans of two modes",
    set("plans.json", "plans.1.stripeMode", "live"),
    [
      "plans.json: plans[1].stripeMode must be the same on every plan: a person moves from one to another, so set all to sandbox or all to live",
    ],
  ],
  [
    "tax without a behaviour",
    all(
      set("business.json", "tax", "stripe"),
      ...[1, 2, 3, 4, 5].map((index) => set(PRICES, `prices.${index}.taxBehavior`, "inclusive")),
    ),
    [
      `${guide("taxBehavior")} must be exclusive (tax is added) or inclusive (tax is in the price) on a price that is sold, or set tax to "none" in business.json`,
    ],
  ],
  [
    "a no-break space in a sentence",
    set(PRICES, "prices.0.confirmationName", "the\u00a0guide"),
    [`${guide("confirmationName")} must be plain ASCII text, and holds U+00A0 after 3 characters: write another one`],
  ],
  [
    "a trailing blank in a sentence",
    set("business.json", "confirmationName", "Corner "),
    ["business.json: confirmationName must not start or end with a blank"],
  ],
  [
    "a line break in a name",
    set(OFFERS, "stacks.0.offers.0.name", "Sample\nguide"),
    [
      "offers.json: stacks[0].offers[0].name must be one line without control characters, and holds U+000A after 6 characters: take it out",
    ],
  ],
  [
    "a control character in a name",
    set("products.json", "products.0.name", "Sample\u0007guide"),
    [
      "products.json: products[0].name must be one line without control characters, and holds U+0007 after 6 characters: take it out",
    ],
  ],
  [
    "a character that turns a name around",
    set("plans.json", "plans.0.name", "Club \u202eeerf"),
    [
      "plans.json: plans[0].name must not change the direction of its line, and holds U+202E after 5 characters: take it out",
    ],
  ],
  [
    "a character without a width in a name",
    set("business.json", "name", "Corner\u200b Studio"),
    ["business.json: name must have characters that can be seen, and holds U+200B after 6 characters: take it out"],
  ],
  [
    "an id beyond its limit",
    set(OFFERS, "stacks.1.offers.0.id", "x".repeat(201)),
    ["offers.json: stacks[1].offers[0].id must be an id of letters, digits and hyphens, at most 200 characters"],
  ],
  [
    "a link to an offer that is none",
    set("affiliates.json", "programs.0.links.0.offerIds.0", "sample-gide"),
    [
      "affiliates.json: programs[0].links[0].offerIds[0] must be the id of a stack's offer: sample-gide is unknown, did you mean sample-guide?",
    ],
  ],
  ["an empty text", set("business.json", "name", "  "), ["business.json: name must not be empty"]],
  [
    "a NUL in a summary",
    set(OFFERS, "stacks.0.offers.0.summary", "A\0B"),
    ["offers.json: stacks[0].offers[0].summary must be text, and holds U+0000 after 1 characters: take it out"],
  ],
  [
    "half of a character in a summary",
    set(OFFERS, "stacks.0.offers.0.summary", "A\ud83d"),
    [
      "offers.json: stacks[0].offers[0].summary must be well-formed Unicode, and holds half of a character: write the whole one",
    ],
  ],
  [
    "a summary that no row can hold",
    set(OFFERS, "stacks.0.offers.0.summary", "A".repeat(10_001)),
    ["offers.json: stacks[0].offers[0].summary must have at most 10000 characters, and has 10001: shorten it"],
  ],
  [
    "brackets without an end",
    text(PRICES, () => "[".repeat(100_000)),
    ["prices.json: line 1, column 101 has more than 100 brackets open: close some"],
  ],
  [
    "a byte order mark",
    text(PRICES, (json) => `\ufeff${json}`),
    ["prices.json: line 1, column 1 starts with a byte order mark: save it as UTF-8 without one"],
  ],
  [
    "a comment",
    text(PRICES, (json) => json.replace('      "nickname"', '      // what it costs\n      "nickname"')),
    ["prices.json: line 6, column 7 has a comment, and JSON has none: take it out"],
  ],
  [
    "a comma before a bracket",
    text(PRICES, (json) => json.replace(/\n {2}\]\n\}$/, ",\n  ]\n}")),
    ["prices.json: line 46, column 6 has a comma before ]: take the comma out"],
  ],
  [
    "a field twice in an object",
    text(PRICES, (json) => json.replace('"currency": "usd",', '"currency": "usd", "currency": "eur",')),
    [
      'prices.json: line 7, column 26 has the name "currency" twice in an object: only the later one would be read, so keep one',
    ],
  ],
  [
    "a quote that is not closed",
    text(PRICES, (json) => json.replace('"nickname": "Sample guide",', '"nickname": "Sample guide,')),
    [
      "prices.json: line 6, column 19 has a text that is not closed on its line, or has a character that needs a backslash",
    ],
  ],
  [
    "a file name in other letters",
    (files) => {
      files["Prices.json"] = files[PRICES] ?? {};
      delete files[PRICES];
    },
    ["Prices.json: is not a file of a business: rename it to prices.json"],
  ],
  [
    "a field with a near name",
    set(PRICES, "prices.0.unitAmountCent", 1_200),
    [`${guide("unitAmountCent")} is not a known field, did you mean unitAmountCents?`],
  ],
  [
    "a field with a strange name",
    set("business.json", "taxNumber", "1"),
    [
      "business.json: taxNumber is not a known field: take it out, or use one of ownerUserId, ownerName, ownerEmail, name, confirmationName, locale, timeZone, supportEmail, contactPath, severalPlans, tax",
    ],
  ],
  [
    "an amount with decimals",
    set(PRICES, "prices.0.unitAmountCents", 9.5),
    [
      `${guide("unitAmountCents")} must be a whole number of the smallest unit of its currency, and is 9.5: 9.50 in usd is 950, 480 in jpy is 480`,
    ],
  ],
  [
    "a currency in capitals",
    set(PRICES, "prices.0.currency", "USD"),
    [`${guide("currency")} must be in lower case: write usd`],
  ],
];

test.each(ERRORS)("an error: %s", (_what, change, lines) => {
  const { errors, atStart } = said(change);
  expect(errors).toEqual(lines);
  // The start of the server says the same; it reads the accounts later.
  if (!lines[0]?.startsWith("stories/")) expect(atStart).toEqual(lines);
});

const WARNINGS: readonly (readonly [string, (files: OwnFiles) => void, readonly string[]])[] = [
  [
    "an offer and a plan whose price is inactive",
    all(set(PRICES, "prices.1.active", false), set(PRICES, "prices.4.active", false)),
    [
      "offers.json: stacks[1].offers[0].priceId is an inactive price, so this is not sold: set active to true on price-sample-session in prices.json, or take it out here",
      "plans.json: plans[1].priceId is an inactive price, so this is not sold: set active to true on club-year in prices.json, or take it out here",
    ],
  ],
  [
    "an offer that grants nothing",
    (files) => void rowsOf(files, "access-catalog.json", "grantMaps").splice(1, 1),
    [
      "offers.json: stacks[1].offers[0].priceId grants nothing: a payment of price-sample-session opens no access, so add it to grantMaps in access-catalog.json unless you deliver it elsewhere",
    ],
  ],
  [
    "a file that no sale opens",
    (files) =>
      void rowsOf(files, "access-catalog.json", "products").push({
        id: "access-lost",
        kind: "digital_download",
        entitlementTemplateId: "template-lost",
        accessRuleIds: [],
        assets: [{ assetId: "lost", kind: "file" }],
      } as unknown as Content),
    [
      "access-catalog.json: products[2].assets[0].kind is a file that no sale opens: add a grant of access-lost to grantMaps, or take lost out",
    ],
  ],
  [
    "a delivery without a file",
    all(
      set("access-catalog.json", "products.0.delivery", { enabled: true } as unknown as Content),
      set("access-catalog.json", "products.0.assets.0.kind", "lesson"),
    ),
    [
      "access-catalog.json: products[0].delivery.enabled is on, and access-sample-guide has no file to download: add an asset of kind file to its assets, then upload the file with upload_product_asset once the server runs",
    ],
  ],
  [
    "a delivery whose file is missing",
    (files) => {
      set("access-catalog.json", "products.0.delivery", { enabled: true } as unknown as Content)(files);
      files["files/.keep"] = "" as unknown as Content;
    },
    [
      "access-catalog.json: products[0].assets[0].assetId must have its file in files/, named asset-sample-guide with its ending: add it, or upload it once the server runs, with upload_product_asset: its buyers can't download it before",
    ],
  ],
  [
    "a product file that is missing, and one that is of no asset",
    (files) => {
      files["files/recipes.pdf"] = "%PDF" as unknown as Content;
    },
    [
      "access-catalog.json: products[0].assets[0].assetId must have its file in files/, named asset-sample-guide with its ending: add it, or upload it once the server runs",
      "files/recipes.pdf: is the file of no asset: name it as an assetId of kind file in access-catalog.json, or take it out",
    ],
  ],
  [
    "two offers that one sentence confirms",
    all(set(PRICES, "prices.1.confirmationName", "Sample guide"), set(PRICES, "prices.1.unitAmountCents", 1_200)),
    [
      'offers.json: stacks[1].offers[0].priceId is confirmed by the sentence of sample-guide, "Create checkout for Corner Studio Sample guide at 12.00 USD": give one of the prices another confirmationName',
    ],
  ],
  [
    "the name of another business",
    set(OFFERS, "stacks.0.offers.0.summary", "Better than Bumpgrade."),
    [
      "offers.json: stacks[0].offers[0].summary names another business, Bumpgrade of seeds/reference: write your own words, or take the text out",
    ],
  ],
  [
    "live offers and plans without the secrets",
    all(
      ...[0, 1].map((index) => set(OFFERS, `stacks.0.offers.${index}.stripeMode`, "live")),
      ...[0, 1].map((index) => set("plans.json", `plans.${index}.stripeMode`, "live")),
    ),
    ["offers.json: stacks[0].offers[0].stripeMode", "plans.json: plans[0].stripeMode"].map(
      (field) =>
        `${field} is live, and STRIPE_SECRET_KEY_LIVE and STRIPE_WEBHOOK_SECRET_LIVE are not set here: a deployment without them sells nothing of it, so set them there with npx wrangler secret put NAME`,
    ),
  ],
];

test.each(WARNINGS)("a warning: %s", (_what, change, lines) => {
  expect(said(change)).toEqual({ errors: [], warnings: lines, atStart: [] });
});

test("prose that stands word for word in another business's folder is a warning", () => {
  const text = "A sentence that is long enough to be no chance when it stands twice.";
  const other = { folder: "/businesses/other", names: ["Other"], texts: new Set([text]) };
  const files = {
    "business.json": { name: "Corner" },
    "prose/contract.json": { id: "own", notLiveYet: ["Ours.", text] },
  };
  expect(proseWarnings(files, [other]).map(faultLine)).toEqual([
    "prose/contract.json: notLiveYet[1] is word for word the text of businesses/other: write your own words, or delete the file",
  ]);
});

test("an owner other than the one that the server is set to", () => {
  const { errors } = said(() => undefined, { BUSINESS_OWNER_USER_ID: "user-other" });
  expect(errors).toEqual([
    "business.json: ownerUserId must be the owner that the server is set to: BUSINESS_OWNER_USER_ID in .dev.vars is user-other, so take that line out or set it to user-corner-studio",
  ]);
  expect(said(() => undefined, { BUSINESS_OWNER_USER_ID: "user-corner-studio" }).errors).toEqual([]);
});

test("faults of fields and of references are told in one run, and none follows from another", () => {
  const { errors } = said(
    all(
      // The price of the guide has faults: the offer, the bump beside it and its grant refer to it, and no line says so.
      set(PRICES, "prices.0.currency", "yen"),
      set(PRICES, "prices.0.active", "yes"),
      set(PRICES, "prices.1.productId", "sample-sesion"),
      set("plans.json", "plans.0.priceId", "club-year"),
      set("affiliates.json", "programs", "none"),
      // The first stack has a fault: the link to its offer and the small bump that only it sells stay untold.
      set(OFFERS, "stacks.0.offers.0.stripeMode", "test"),
      set(PRICES, "prices.2.unitAmountCents", 5),
      text("protected-content.json", () => "{ sections: [] }"),
    ),
  );
  expect(errors).toEqual([
    'protected-content.json: line 1, column 3 is not JSON: "s" stands where a name in "quotes" has to be',
    `${guide("currency")} must be the code of a currency that Stripe charges, in lower case, as usd or jpy: yen is none`,
    `${guide("active")} must be true or false`,
    "offers.json: stacks[0].offers[0].stripeMode must be one of sandbox, live",
    "affiliates.json: programs must be a list",
    "prices.json: prices[1].productId must be the id of a product: sample-sesion is unknown, did you mean sample-session?",
    "offers.json: stacks[1].offers[0].priceId must be a price of sample-session: add one to prices.json",
    "plans.json: plans[0].priceId must be a price billed by month, and club-year is billed by year: set billingInterval to what the price has, or name another price",
    "access-catalog.json: grantMaps[1].sourceCommerceProductId must be the product of price-sample-session",
  ]);
});

test("what works: a plan by the year, a small bump, names of any script with one for sentences", () => {
  const { errors, warnings } = said(
    all(
      set(PRICES, "prices.2.unitAmountCents", 10),
      set("business.json", "name", "東京ベーカリー"),
      set("business.json", "confirmationName", "Tokyo Bakery"),
      set("business.json", "locale", "ja-JP"),
      set("business.json", "timeZone", "Asia/Tokyo"),
      set("products.json", "products.0.name", "Bäckerei"),
    ),
  );
  expect([errors, warnings]).toEqual([[], []]);
});

test("a folder in the place of a file is a fault of that file", () => {
  const files = ownFiles();
  inFolder(files, (folder) => {
    rmSync(join(folder, PRICES));
    mkdirSync(join(folder, PRICES));
    expect(checkFolder(folder, {}).errors.map(faultLine)).toEqual(["prices.json: is a folder: put a file there"]);
  });
});

test("a file in the place of the folder is told, and a neighbour's is passed over", () => {
  const files = ownFiles();
  inFolder(files, (folder) => {
    expect(() => checkFolder(join(folder, PRICES), {})).toThrow("is not a folder: set BUSINESS_DIR to one");
    const own = join(folder, "own");
    const neighbour = join(folder, "neighbour");
    for (const one of [own, neighbour]) mkdirSync(one);
    for (const [name, text] of Object.entries(files))
      if (!name.includes("/")) writeFileSync(join(own, name), JSON.stringify(text));
    writeFileSync(join(neighbour, "business.json"), "{}");
    writeFileSync(join(neighbour, "prose"), "");
    writeFileSync(join(own, "files"), "");
    expect(checkFolder(own, {}).errors).toEqual([]);
  });
});
