import fc from "fast-check";
import { textEdits } from "../support/inexact-texts.ts";
import {
  HEADER_NAMES,
  HEADER_VALUES,
  hostileTexts,
  hostileValues,
  LITERALS,
  NAMES,
  ORIGINS,
} from "./hostile-values.ts";
import { decodeBase64url, type WireBody, type WireCall } from "./wire.ts";

/** One thing wrong with a request. It is the same for the same request; of others it may take a part. */
type Spoil = (call: WireCall, others: readonly WireCall[]) => WireCall;
type Fields = readonly (readonly [string, string])[];

const anywhere = fc.nat();
const literals = fc.constantFrom(...LITERALS);
const names = fc.constantFrom(...NAMES);

/** The item at a place that was chosen before the list was known. */
export function pick<T>(items: readonly T[], at: number): T {
  const picked = items[at % items.length];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}

/** A failure prints it by this name. */
const named = (what: string, run: Spoil): Spoil => Object.assign(run, { [fc.toStringMethod]: () => what });

/** A change of some parts of a request, which notes what was done. */
const spoil = (what: string, change: (...given: Parameters<Spoil>) => Partial<WireCall>): Spoil =>
  named(what, (call, others) => ({ ...call, ...change(call, others), done: [...call.done, what] }));

/** Another text in the place of the body as it would be sent. */
const text = (what: string, change: (text: string) => string) =>
  spoil(what, ({ body }) => ({
    body: { kind: "text", text: change(body ? new TextDecoder().decode(decodeBase64url(body)) : "") },
  }));

/** The body as such is wrong, whatever is in it. */
const wholeBodies: fc.Arbitrary<Spoil> = fc.oneof(
  anywhere.map((at) => text("body cut", (body) => body.slice(0, at % (body.length + 1)))),
  fc.tuple(anywhere, hostileTexts).map(([at, mark]) =>
    text("body with a mark inside", (body) => {
      const from = at % (body.length + 1);
      return body.slice(0, from) + mark + body.slice(from);
    }),
  ),
  fc.constant(text("body twice", (body) => body + body)),
  fc.constant(text("body as a batch", (body) => `[${body},${body}]`)),
  // The first name once more, in front: most readers take the last.
  literals.map((literal) =>
    text("duplicate name", (body) =>
      body.replace(/\{"([^"]+)":/, (all, name) => `{"${name}":${literal},${all.slice(1)}`),
    ),
  ),
  literals.map((literal) =>
    text("literal", (body) => body.replace(/:("[^"]*"|\d+|true|false|null)/, () => `:${literal}`)),
  ),
  fc.constant(text("byte order mark", (body) => `\ufeff${body}`)),
  literals.map((literal) => text("nothing but a literal", () => literal)),
  fc.constant(text("deep", () => `${"[".repeat(20_000)}${"]".repeat(20_000)}`)),
  fc.array(fc.tuple(anywhere, fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }).map((flips) =>
    spoil("bytes flipped", ({ body }) => {
      const bytes = Uint8Array.from(body ? decodeBase64url(body) : []);
      if (bytes.length > 0) for (const [at, byte] of flips) bytes[at % bytes.length] = byte;
      return { body: { kind: "bytes", bytes } };
    }),
  ),
  anywhere.map((at) =>
    spoil("another door's body", (_call, others) => ({ body: pick(others, at).body ?? { kind: "text", text: "" } })),
  ),
);

/** Every place in a value, its own top left out. */
function places(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [[...at, name], ...places(member, [...at, name])]);
}

/** What becomes of a member of some JSON; no value: it is left out. */
const members: fc.Arbitrary<(old: unknown) => readonly [what: string, value?: unknown, name?: string]> = fc.oneof(
  fc.constant(() => ["left out"] as const),
  fc.tuple(names, hostileValues).map(
    ([name, value]) =>
      () =>
        [`${JSON.stringify(name)} added beside`, value, name] as const,
  ),
  fc.constant((old: unknown) => ["in a list", [old, old]] as const),
  names.map((name) => (old: unknown) => ["in an object", { [name]: old, value: old }] as const),
  fc.constant(
    (old: unknown) =>
      ["of another type", typeof old === "string" ? Number(old) || old.length : JSON.stringify(old)] as const,
  ),
  fc.tuple(textEdits, hostileTexts).map(
    ([edit, other]) =>
      (old: unknown) =>
        ["text mutated", typeof old === "string" && old ? edit(old) : other] as const,
  ),
  hostileTexts.map((more) => (old: unknown) => ["text and more", typeof old === "string" ? old + more : more] as const),
  { weight: 2, arbitrary: hostileValues.map((value) => () => ["hostile value", value] as const) },
);

const json = fc.tuple(anywhere, members).map(([at, change]) => (body: object): [string, object] => {
  const value = structuredClone(body);
  const all = places(value);
  if (all.length === 0) return ["nothing to edit", value];
  const path = pick(all, at);
  const own = path.at(-1) ?? "";
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value) as Record<string, unknown>;
  const [what, ...put] = change(holder[own]);
  const [next, name = own] = put;
  if (put.length === 0 && Array.isArray(holder)) holder.splice(Number(own), 1);
  else if (put.length === 0) delete holder[own];
  // A member of this very name, as JSON.parse makes it, and no change of the prototype.
  else Object.defineProperty(holder, name, { value: next, enumerable: true, configurable: true, writable: true });
  return [`${path.join(".")}: ${what}`, value];
});

/** The field at a place, or one more, becomes none, one or two. */
const form = fc
  .tuple(
    anywhere,
    fc.oneof(
      fc.constant(() => []),
      hostileTexts.map((other) => (field: Fields[number]) => [field, [field[0], other]] as Fields),
      fc.tuple(names, hostileTexts).map((added) => (field: Fields[number]) => [field, added] as Fields),
      fc.tuple(textEdits, hostileTexts).map(
        ([edit, other]) =>
          ([name, value]: Fields[number]) =>
            [[name, value ? edit(value) : other]] as Fields,
      ),
      {
        weight: 2,
        arbitrary: hostileTexts.map(
          (other) =>
            ([name]: Fields[number]) =>
              [[name, other]] as Fields,
        ),
      },
    ),
  )
  .map(([place, change]) => (fields: Fields): Fields => {
    const at = place % (fields.length + 1);
    return [...fields.slice(0, at), ...change(fields[at] ?? ["extra", ""]), ...fields.slice(at + 1)];
  });

/** Something in the body is wrong, by what it is. */
const inBodies: fc.Arbitrary<Spoil> = fc.tuple(json, form, wholeBodies).map(([edit, fill, whole]): Spoil => {
  const inside = (body: WireBody | undefined): [string, WireBody] | undefined => {
    if (body?.kind === "form") return ["form", { kind: "form", fields: fill(body.fields) }];
    if (body?.kind !== "json" || typeof body.value !== "object" || body.value === null) return undefined;
    const [what, value] = edit(body.value);
    return [what, { kind: "json", value }];
  };
  return named("something in the body", (call, others) => {
    const [what, body] = inside(call.body) ?? [];
    return what === undefined ? whole(call, others) : spoil(what, () => ({ body }))(call, others);
  });
});

/** Few headers have more than ASCII in them: the runtime prints a warning for each. */
const headers: fc.Arbitrary<Spoil> = fc
  .record({
    own: fc.boolean(),
    at: anywhere,
    plain: fc.oneof({ weight: 49, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    change: fc.oneof(
      fc.constant(() => ["left out"] as const),
      anywhere.map((at) => (name: string, _old: string | undefined, others: readonly WireCall[]) => {
        return ["of another", pick(others, at).headers[name]] as const;
      }),
      fc.tuple(textEdits, hostileTexts).map(
        ([edit, other]) =>
          (_name: string, old?: string) =>
            old ? (["mutated", edit(old)] as const) : (["hostile", other] as const),
      ),
      { weight: 2, arbitrary: fc.constantFrom(...HEADER_VALUES).map((value) => () => ["hostile", value] as const) },
    ),
  })
  .map(({ own, at, plain, change }) => {
    return named("a header", (call, others) => {
      const kept = Object.keys(call.headers);
      const name = pick(own && kept.length > 0 ? kept : HEADER_NAMES, at);
      const { [name]: old, ...rest } = call.headers;
      const [what, value] = change(name, old, others);
      const written = plain ? value?.replace(/[^\x20-\x7e]/g, "?") : value;
      const next = written === undefined ? rest : { ...rest, [name]: written };
      return spoil(`${name} ${what}`, () => ({ headers: next }))(call, others);
    });
  });

type Address = readonly [path: string, query: string];
const QUERIES = ["access_token", "returnTo", "cursor", "done", "load", "invited", "client_id", "scope"];
/** Hostile text for an address, some as it is: for a server that decodes twice. */
const written = fc
  .tuple(fc.boolean(), hostileTexts)
  .map(([raw, other]) => (raw && /^[\x21-\x7e]*$/.test(other) ? other : encodeURIComponent(other.toWellFormed())));
const address = (what: string, change: (...address: Address) => Address) =>
  spoil(what, ({ path: whole }) => {
    const [path = "", query = ""] = whole.split("?", 2);
    return {
      path: change(path, query)
        .filter((part, at) => at === 0 || part !== "")
        .join("?"),
    };
  });

const addresses: fc.Arbitrary<Spoil> = fc.oneof(
  fc.tuple(anywhere, written).map(([at, other]) =>
    address("path segment", (path, query) => {
      const segments = path.split("/");
      return [segments.with(1 + (at % (segments.length - 1)), other).join("/"), query];
    }),
  ),
  written.map((other) => address("path longer", (path, query) => [`${path}/${other}`, query])),
  fc.constant(address("path spelt otherwise", (path, query) => [path.replace("/", "//").replace(/e/, "%65"), query])),
  fc
    .tuple(fc.constantFrom(...QUERIES), written)
    .map(([name, other]) => address(`query ${name}`, (path, query) => [path, `${query}&${name}=${other}`])),
  form.map((fill) =>
    address("query", (path, query) => {
      const fields = fill([...new URLSearchParams(query)]).map((pair) => [...pair]);
      return [path, new URLSearchParams(fields).toString()];
    }),
  ),
  textEdits.map((edit) =>
    address("path mutated", (path) => [`/${edit(path.slice(1) || "x")}`.replaceAll("#", "%23"), ""]),
  ),
);

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];
const elsewhere: fc.Arbitrary<Spoil> = fc.oneof(
  { weight: 4, arbitrary: addresses },
  fc.constantFrom(...ORIGINS).map((origin) => spoil("origin", () => ({ origin }))),
  fc.constantFrom(...METHODS).map((method) => spoil(`method ${method}`, () => ({ method }))),
);

const bodies = fc.oneof({ weight: 5, arbitrary: inBodies }, wholeBodies);
const spoils: fc.Arbitrary<Spoil> = fc.oneof(
  {
    weight: 6,
    // What has no body has a header wrong instead.
    arbitrary: fc
      .tuple(bodies, headers)
      .map(([body, header]) => named(fc.stringify(body), (call, others) => (call.body ? body : header)(call, others))),
  },
  { weight: 3, arbitrary: headers },
  elsewhere,
);

/** One to three things wrong with a request: at any place of its body, in its headers, address or method. */
export const spoilt: fc.Arbitrary<Spoil> = fc
  .array(spoils, { minLength: 1, maxLength: 3 })
  .map((all) => named(fc.stringify(all), (call, others) => all.reduce((now, once) => once(now, others), call)));
