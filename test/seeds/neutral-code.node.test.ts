import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const { name } = JSON.parse(readFileSync(join(root, "seeds/business/business.json"), "utf8")) as { name: string };

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|js|css|sql|html)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

test("no code names the business: its words, ids and amounts are data", () => {
  const naming = ["src", "tools", "resources", "migrations"]
    .flatMap(filesBelow)
    .filter((file) => readFileSync(file, "utf8").toLowerCase().includes(name.toLowerCase()))
    .map((file) => file.slice(root.length + 1));
  expect(naming).toEqual([]);
});

test("nothing of the server imports from the folder of development", () => {
  const importing = ["src", "tools", "resources"]
    .flatMap(filesBelow)
    .filter((file) => !file.includes(join("src", "dev")))
    .filter((file) => /from "[^"]*\/dev\//.test(readFileSync(file, "utf8")))
    .map((file) => file.slice(root.length + 1));
  expect(importing).toEqual([]);
});
