import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles } from "../support/source-files.ts";

const root = join(import.meta.dirname, "..", "..");
const { name } = JSON.parse(readFileSync(join(root, "seeds/reference/business.json"), "utf8")) as { name: string };

test("no code names the business: its words, ids and amounts are data", () => {
  const naming = ["src", "tools", "resources", "migrations"]
    .flatMap((folder) =>
      sourceFiles(join(root, folder), /\.(ts|tsx|js|css|sql|html)$/).map((file) => join(folder, file)),
    )
    .filter((file) => readFileSync(join(root, file), "utf8").toLowerCase().includes(name.toLowerCase()));
  expect(naming).toEqual([]);
});
