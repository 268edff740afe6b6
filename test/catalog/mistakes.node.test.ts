import { expect, test } from "vitest";
import { checkFolder } from "../../src/dev/catalog/check.ts";
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

const MISTAKES: readonly (readonly [string, (files: OwnFiles) => void, readonly string[]])[] = [];

test("the business of these tests is in order", () => {
  expect(said(() => undefined)).toEqual({ errors: [], warnings: [], atStart: [] });
});

export { all, MISTAKES, said, set, text };
