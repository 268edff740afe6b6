import { parseBusiness } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { bundledFiles } from "./bundled-seeds.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Replaces the value of one field, given the object that holds it. */
type Change = (value: Json, holder: Readonly<Record<string, Json>>) => Json;

/** The repository's business with other values in some fields, by file and then by name of the field, at any depth; checked. */
export function otherBusiness(changes: Readonly<Record<string, Readonly<Record<string, Change>>>>): Business {
  const files = Object.entries(bundledFiles).map(([path, content]) => {
    const name = path.replace(/\.json$/, "");
    const fields = changes[name];
    return [path, fields ? changed(content as Json, fields) : content] as const;
  });
  return parseBusiness(Object.fromEntries(files));
}

function changed(value: Json, fields: Readonly<Record<string, Change>>): Json {
  if (Array.isArray(value)) return value.map((one) => changed(one, fields));
  if (typeof value !== "object" || value === null) return value;
  const holder = value as Readonly<Record<string, Json>>;
  return Object.fromEntries(
    Object.entries(holder).map(([key, own]) => [
      key,
      Object.hasOwn(fields, key) ? (fields[key]?.(own, holder) ?? own) : changed(own, fields),
    ]),
  );
}
