import { type Refusal, refused } from "./errors.ts";

/** A decoded parameter: text, or named parts. The parts of a list are named by their indices. */
export type FormValue = string | FormFields;
/** Named parameters. In a Map the name `__proto__` is a name like any other. */
export type FormFields = Map<string, FormValue>;

const MAX_DEPTH = 12;

/** Decodes `a[b][0][c]=v&d[]=w` as Stripe does; of two pairs with one name the later counts. */
export function decodeForm(text: string): FormFields {
  const root: FormFields = new Map();
  for (const [name, value] of new URLSearchParams(text)) place(root, pathOf(name), value, name);
  return root;
}

/** One text for the same parameters in any order: the fingerprint of an idempotent request. */
export function canonicalForm(text: string): string {
  return JSON.stringify([...new URLSearchParams(text)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** The decoded parameters as plain JSON, for the call log. */
export function formToJson(value: FormValue): unknown {
  if (typeof value === "string") return value;
  const names = [...value.keys()];
  if (names.length > 0 && names.every((name, index) => name === String(index)))
    return [...value.values()].map(formToJson);
  return Object.fromEntries(Array.from(value, ([name, part]) => [name, formToJson(part)]));
}

function pathOf(name: string): string[] {
  const head = /^[^[\]]+/.exec(name)?.[0];
  const rest = name.slice(head?.length ?? 0);
  if (head === undefined || !/^(\[[^[\]]*\])*$/.test(rest)) throw malformed(name);
  const parts = [head, ...Array.from(rest.matchAll(/\[([^[\]]*)\]/g), (match) => match[1] ?? "")];
  if (parts.length > MAX_DEPTH) throw malformed(name);
  return parts;
}

function place(root: FormFields, path: string[], value: string, name: string): void {
  let fields = root;
  path.forEach((part, depth) => {
    const key = part === "" ? String(fields.size) : part;
    if (depth === path.length - 1) {
      fields.set(key, value);
      return;
    }
    const next = fields.get(key) ?? new Map<string, FormValue>();
    if (typeof next === "string") throw malformed(name);
    fields.set(key, next);
    fields = next;
  });
}

function malformed(name: string): Refusal {
  return refused(
    `Invalid request (check that your POST content type is application/x-www-form-urlencoded): ${name.slice(0, 80)}`,
  );
}
