import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { bundleSize } from "../../src/dev/local/bundle.ts";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { businessFromFolder } from "../../src/dev/seeds/folder.ts";

const { bundle } = inject("server");
const text = readFileSync(bundle, "utf8");

test("the bundle holds nothing of the sandbox, the seeds or the accounts of development", () => {
  const { files } = businessFromFolder();
  const { owner, buyer } = devPeople();
  const words = [
    "stripe-sandbox",
    "/_sandbox",
    "SANDBOX_DB",
    "src/dev",
    "npm run",
    owner.password,
    owner.email,
    buyer.email,
    buyer.id,
    files.business.name,
    files.business.ownerUserId,
    ...readdirSync(join(ROOT, "seeds", "business")).filter((name) => name.endsWith(".json")),
  ];
  expect(words.filter((word) => text.toLowerCase().includes(word.toLowerCase()))).toEqual([]);
});

test("the bundle is one module of at most 400 KiB, gzipped", () => {
  expect(bundleSize(bundle).gzipBytes).toBeLessThanOrEqual(400 * 1024);
});
