import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sampleFiles } from "../../src/dev/catalog/sample.ts";
import { checkBusiness } from "../../src/dev/seeds/business.ts";

const parent = mkdtempSync(join(tmpdir(), "init-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const catalog = (...args: string[]) =>
  spawnSync(process.execPath, ["src/dev/catalog.ts", ...args], { encoding: "utf8" });
const written = (folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));

test("init writes a business, names the next commands, and refuses the folder from then on", () => {
  const folder = join(parent, "shop");
  const first = catalog("init", folder);
  expect(first.stderr).toBe("");
  expect(first.status).toBe(0);
  expect(first.stdout).toContain(`npm run catalog -- check ${folder}\n`);
  expect(first.stdout).toContain(`BUSINESS_DIR=${folder} npm run dev\n`);
  expect(written(folder, "business.json")).toEqual({
    ownerUserId: "user-sample-shop",
    ownerName: "Sample Shop owner",
    ownerEmail: "owner@example.com",
    name: "Sample Shop",
    supportEmail: "owner@example.com",
  });
  expect(catalog("check", folder)).toMatchObject({ status: 0, stdout: `${folder}: 0 errors, 0 warnings\n` });
  const again = catalog("init", folder);
  expect([again.status, again.stdout]).toEqual([1, ""]);
  expect(again.stderr).toBe(`${folder} is not empty. Name a folder that is empty or new.\n`);
});

test("what is asked for goes into the files", () => {
  const folder = join(parent, "baecker");
  const more = [
    "--email",
    "ich@baecker.test",
    "--currency",
    "huf",
    "--locale",
    "de-DE",
    "--time-zone",
    "Europe/Berlin",
  ];
  expect(
    catalog("init", folder, "--name", "Bäckerei Süß", "--confirmation-name", "Baeckerei Suess", ...more).status,
  ).toBe(0);
  expect(written(folder, "business.json")).toMatchObject({
    ownerUserId: "user-baeckerei-suess",
    ownerEmail: "ich@baecker.test",
    name: "Bäckerei Süß",
    confirmationName: "Baeckerei Suess",
    locale: "de-DE",
    timeZone: "Europe/Berlin",
  });
  expect(written(folder, "prices.json").prices[0]).toMatchObject({ currency: "huf", unitAmountCents: 35_000 });
});

test("a name that is not ASCII is asked for the one of sentences, by its option, and nothing is written", () => {
  const folder = join(parent, "tokyo");
  const asked = catalog("init", folder, "--name", "東京ベーカリー", "--currency", "yen", "--time-zone", "Tokyo");
  expect([asked.status, asked.stdout]).toEqual([2, ""]);
  const [first, second, third] = asked.stderr.split("\n");
  expect(first).toBe("--time-zone must be a time zone of the IANA database, such as UTC, Europe/Berlin or Asia/Tokyo");
  expect(second).toContain("--confirmation-name must be set, in plain ASCII: the name");
  expect(third).toContain("--currency must be the code of a currency");
  expect(catalog("check", folder).stderr).toContain("is not a folder");
});

test("a file is no folder; the arguments are one folder", () => {
  const file = join(parent, "file");
  writeFileSync(file, "");
  expect(catalog("init", file).stderr).toContain("is not a folder");
  expect(catalog("init")).toMatchObject({ status: 2 });
  expect(catalog("init", "a", "b")).toMatchObject({ status: 2 });
  expect(catalog("sell")).toMatchObject({ status: 2 });
  expect(catalog("check", "--all")).toMatchObject({ status: 2 });
  expect(catalog("init", "--help")).toMatchObject({ status: 0 });
});

test.each(["usd", "jpy", "kwd", "huf", "mxn", "idr", "vnd"])("two offers in %s are in order", (currency) => {
  const wish = { name: "Sample Shop", email: "owner@example.com", currency, locale: undefined, timeZone: undefined };
  const { faults } = checkBusiness(sampleFiles({ ...wish, confirmationName: undefined }));
  expect(faults).toEqual([]);
});

test("check reads BUSINESS_DIR, and answers JSON for programs", () => {
  const folder = join(parent, "shop");
  writeFileSync(join(folder, "prices.json"), '{ "prices": [] , }');
  const env = { ...process.env, BUSINESS_DIR: folder };
  const { status, stdout } = spawnSync(process.execPath, ["src/dev/catalog.ts", "check", "--json"], {
    encoding: "utf8",
    env,
  });
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    folder,
    errors: expect.arrayContaining([
      { file: "prices.json", field: "", message: "line 1, column 16 has a comma before }: take the comma out" },
    ]),
    warnings: [],
  });
  const ofReference = execFileSync(process.execPath, ["src/dev/catalog.ts", "check"], { encoding: "utf8" });
  expect(ofReference).toMatch(/seeds\/reference: 0 errors, \d+ warnings?\n$/);
});
