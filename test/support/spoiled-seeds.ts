import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { SeedError } from "../../src/dev/seeds/faults.ts";
import { bundledFiles } from "./bundled-seeds.ts";

/** The value of a file as plain JSON that a test may spoil. */
export interface Json {
  [key: string]: Json | undefined;
}

/** What the loader says of the seeds once `spoil` has changed one file of them. */
export function faultsAfter(file: string, spoil: (content: Json) => unknown): readonly string[] {
  const path = `${file}`;
  const content = structuredClone(bundledFiles[path]) as Json;
  const replaced = spoil(content);
  return faultsOf(() => parseBusiness({ ...bundledFiles, [path]: replaced === undefined ? content : replaced }));
}

/** What is wrong with what `load` loads. */
export function faultsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof SeedError) return error.lines;
    throw error;
  }
  return [];
}

/** Sets the value at a path of names and indices, or takes it out. */
export const set = (path: string, value: unknown) => (content: Json) => {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const holder = keys.reduce((at, key) => at[key] ?? at, content);
  if (value === undefined) delete holder[last];
  else Object.assign(holder, { [last]: value });
};
