import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { COMMERCE_FLOORS, FLOORS } from "../../src/dev/local/papers/floors.ts";
import { sourceFiles } from "../support/source-files.ts";

const root = join(import.meta.dirname, "../..");

/** Every import of a source, by file: types, re-exports and dynamic ones count. Packages are left out. */
type Imports = ReadonlyMap<string, readonly string[]>;

function importsOf(folders: readonly string[]): Imports {
  const paths = folders.flatMap((folder) =>
    sourceFiles(join(root, folder), /\.tsx?$/).map((name) => join(folder, name)),
  );
  return new Map(
    paths.map((path) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(root, path), "utf8"), true, true);
      const own = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith("."));
      return [path, own.map((name) => normalize(join(dirname(path), name)))];
    }),
  );
}

const DEV = "src/dev/";
const rooms = FLOORS.flatMap((floor, height) => floor.map(({ path }) => ({ path, height })));
const roomOf = (file: string) =>
  rooms.find(({ path }) => file === path || (path.endsWith("/") && file.startsWith(path)));

/** The imports and files that break the rule of floors, as lines. */
function faultsIn(imports: Imports): string[] {
  return [...imports].flatMap(([file, targets]) => {
    if (file.startsWith(DEV)) return [];
    const from = roomOf(file);
    if (!from) return [`${file} stands in no room`];
    return targets.flatMap((target) => {
      if (target.startsWith(DEV)) return [`${file} imports ${target}, which is for development`];
      const to = roomOf(target);
      // package.json and the style sheets are data.
      if (!to) return /\.tsx?$/.test(target) ? [`${file} imports ${target}, which stands in no room`] : [];
      return to === from || to.height < from.height ? [] : [`${file} imports ${target}, which is not on a lower floor`];
    });
  });
}

/** The same rule for the rooms inside `src/commerce/`. */
function commerceFaultsIn(imports: Imports): string[] {
  const roomIn = (file: string) => /^src\/commerce\/([\w-]+)\//.exec(file)?.[1];
  const height = (room: string) => COMMERCE_FLOORS.findIndex((floor) => floor.includes(room));
  return [...imports].flatMap(([file, targets]) => {
    if (!file.startsWith("src/commerce/")) return [];
    const from = roomIn(file);
    if (from !== undefined && height(from) < 0) return [`${file} stands in no room of commerce`];
    return targets.flatMap((target) => {
      const to = roomIn(target);
      if (to === undefined || to === from) return [];
      if (from === undefined) return [`${file} is shared by the rooms and imports ${target} of one`];
      return height(to) < height(from) ? [] : [`${file} imports ${target}, which is not in a lower room`];
    });
  });
}

const imports = importsOf(["src", "tools", "resources"]);

test("every import goes to the file's own room or to a lower floor", () => {
  const inside = [...imports].filter(([file]) => !file.startsWith(DEV));
  const between = inside.flatMap(([file, targets]) => targets.filter((target) => roomOf(target) !== roomOf(file)));
  expect(between.length).toBeGreaterThan(900);
  console.info(`${inside.length} files, ${between.length} imports between ${rooms.length} rooms, 0 up`);
  expect(faultsIn(imports)).toEqual([]);
});

test("the rooms of commerce know only lower ones", () => {
  expect(commerceFaultsIn(imports)).toEqual([]);
});

test("every room of the list exists", () => {
  const files = [...imports.keys()];
  expect(rooms.filter(({ path }) => !files.some((file) => roomOf(file)?.path === path))).toEqual([]);
  const folders = readdirSync(join(root, "src/commerce"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(COMMERCE_FLOORS.flat().sort()).toEqual(folders.map(({ name }) => name).sort());
});

describe("the check finds", () => {
  test.each([
    ["an import that goes up", "src/db/offers.ts", "src/kernel/context.ts", "not on a lower floor"],
    ["an import to a room beside it", "src/auth/people.ts", "src/commerce/routes.ts", "not on a lower floor"],
    ["an unknown folder", "src/helpers/text.ts", "src/base/time.ts", "stands in no room"],
    ["a file at the top", "src/log.ts", "src/base/time.ts", "stands in no room"],
    ["an import of development", "src/app.ts", "src/dev/local/root.ts", "which is for development"],
  ])("%s", (_, file, target, words) => {
    expect(faultsIn(new Map([[file, [target]]]))).toEqual([expect.stringContaining(words)]);
  });

  test.each([
    ["a room that knows a higher one", "src/commerce/checkout/offers.ts", "src/commerce/heal/heal.ts", "lower room"],
    ["an unknown room of commerce", "src/commerce/taxes/rates.ts", "src/base/time.ts", "no room of commerce"],
    ["a shared file that knows a room", "src/commerce/words.ts", "src/commerce/heal/heal.ts", "shared by the rooms"],
  ])("%s", (_, file, target, words) => {
    expect(commerceFaultsIn(new Map([[file, [target]]]))).toEqual([expect.stringContaining(words)]);
  });

  test("types, re-exports and dynamic imports", () => {
    const text =
      'import type { A } from "./a.ts"; export * from "./b.ts"; type C = import("./c.ts").C; import("./d.ts");';
    const found = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    expect(found.sort()).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts"]);
  });
});
