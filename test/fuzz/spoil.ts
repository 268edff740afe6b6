import { mutatedText } from "../support/inexact-texts.ts";
import type { Random } from "../support/random.ts";
import { HEADER_NAMES, HEADER_VALUES, hostileValue, LITERALS, NAMES, ORIGINS, TEXTS } from "./hostile-values.ts";
import { bytesOf, type WireBody, type WireCall } from "./wire.ts";

type Json = Record<string, unknown> | unknown[];
/** Where something stands in a body. */
type Path = readonly string[];

/** A valid request with one to three things wrong: at any place of its body, in its headers, address or method. */
export function spoilt(call: WireCall, others: readonly WireCall[], random: Random): WireCall {
  let spoiling = call;
  const times = 1 + random.below(3);
  for (let time = 0; time < times; time++) spoiling = once(spoiling, others, random);
  return spoiling;
}

function once(call: WireCall, others: readonly WireCall[], random: Random): WireCall {
  const where = random.below(10);
  if (call.body && where < 6) return withBody(call, others, random);
  if (where < 9) return withHeader(call, others, random);
  return random.below(3) === 0 ? withMethodOrOrigin(call, random) : withPath(call, random);
}

const noted = (call: WireCall, what: string): WireCall => ({ ...call, done: [...call.done, what] });

function withBody(call: WireCall, others: readonly WireCall[], random: Random): WireCall {
  const { body } = call;
  if (!body) return call;
  // Once in a while the body as such is wrong, whatever is in it.
  if (random.below(6) === 0) return wholeBody(call, body, others, random);
  if (body.kind === "form")
    return { ...noted(call, "form"), body: { kind: "form", fields: form(body.fields, random) } };
  if (body.kind === "json" && typeof body.value === "object" && body.value !== null) {
    const value = structuredClone(body.value) as Json;
    const what = edit(value, random);
    return { ...noted(call, what), body: { kind: "json", value } };
  }
  return wholeBody(call, body, others, random);
}

/** Every place in a value, its own top left out. */
function places(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [[...at, name], ...places(member, [...at, name])]);
}

function edit(value: Json, random: Random): string {
  const all = places(value);
  if (all.length === 0) return "nothing to edit";
  const path = random.pick(all);
  const name = path.at(-1) ?? "";
  const parent = path.slice(0, -1).reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
  const holder = parent as Record<string, unknown>;
  const old = holder[name];
  const put = (what: string, next: unknown) => {
    // A member of this very name, as JSON.parse makes it, and no change of the prototype.
    Object.defineProperty(holder, name, { value: next, enumerable: true, configurable: true, writable: true });
    return `${path.join(".")}: ${what}`;
  };
  switch (random.below(9)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(name), 1);
      else delete holder[name];
      return `${path.join(".")}: left out`;
    case 1: {
      const added = random.pick(NAMES);
      Object.defineProperty(holder, added, {
        value: hostileValue(random),
        enumerable: true,
        configurable: true,
        writable: true,
      });
      return `${path.slice(0, -1).join(".")}: ${JSON.stringify(added)} added`;
    }
    case 2:
      return put("in a list", [old, old]);
    case 3:
      return put("in an object", { [random.pick(NAMES)]: old, value: old });
    case 4:
      return put("of another type", typeof old === "string" ? Number(old) || old.length : JSON.stringify(old));
    case 5:
      return put("text mutated", typeof old === "string" && old ? mutatedText(old, random) : random.pick(TEXTS));
    case 6:
      return put("text and more", typeof old === "string" ? old + random.pick(TEXTS) : random.pick(TEXTS));
    default:
      return put("hostile value", hostileValue(random));
  }
}

function form(fields: readonly (readonly [string, string])[], random: Random): (readonly [string, string])[] {
  const next = [...fields];
  const at = random.below(next.length + 1);
  const [name, value] = next[at] ?? ["extra", ""];
  switch (random.below(6)) {
    case 0:
      next.splice(at, 1);
      break;
    case 1:
      next.push([name, random.pick(TEXTS)]);
      break;
    case 2:
      next.push([random.pick(NAMES), random.pick(TEXTS)]);
      break;
    case 3:
      next.splice(at, 1, [name, value ? mutatedText(value, random) : random.pick(TEXTS)]);
      break;
    default:
      next.splice(at, 1, [name, random.pick(TEXTS)]);
  }
  return next;
}

function wholeBody(call: WireCall, body: WireBody, others: readonly WireCall[], random: Random): WireCall {
  const text = new TextDecoder().decode(bytesOf(body));
  const as = (what: string, next: string): WireCall => ({ ...noted(call, what), body: { kind: "text", text: next } });
  const at = random.below(text.length + 1);
  switch (random.below(11)) {
    case 0:
      return as("body cut", text.slice(0, at));
    case 1:
      return as("body with a mark inside", text.slice(0, at) + random.pick(TEXTS) + text.slice(at));
    case 2:
      return as("body twice", text + text);
    case 3:
      return as("body as a batch", `[${text},${text}]`);
    case 4:
      // The first name once more, in front: most readers take the last.
      return as(
        "duplicate name",
        text.replace(/\{"([^"]+)":/, (all, name) => `{"${name}":${random.pick(LITERALS)},${all.slice(1)}`),
      );
    case 5:
      return as(
        "literal",
        text.replace(/:("[^"]*"|\d+|true|false|null)/, () => `:${random.pick(LITERALS)}`),
      );
    case 6:
      return as("byte order mark", `\ufeff${text}`);
    case 7:
      return as("nothing but a literal", random.pick(LITERALS));
    case 8:
      return as("deep", `${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    case 9: {
      const bytes = Uint8Array.from(bytesOf(body));
      for (let flip = 0; flip < 4 && bytes.length > 0; flip++) bytes[random.below(bytes.length)] = random.below(256);
      return { ...noted(call, "bytes flipped"), body: { kind: "bytes", bytes } };
    }
    default: {
      const other = random.pick(others).body;
      return other ? { ...noted(call, "another door's body"), body: other } : as("no body", "");
    }
  }
}

/** Few headers have more than ASCII in them: the runtime prints a warning for each. */
function withHeader(call: WireCall, others: readonly WireCall[], random: Random): WireCall {
  const made = anyHeader(call, others, random);
  const plain = Object.values(made.headers).every((value) => /^[\x20-\x7e]*$/.test(value));
  return plain || random.below(50) === 0 ? made : withHeader(call, others, random);
}

function anyHeader(call: WireCall, others: readonly WireCall[], random: Random): WireCall {
  const own = Object.keys(call.headers);
  const name = own.length > 0 && random.below(2) === 0 ? random.pick(own) : random.pick(HEADER_NAMES);
  const { [name]: old, ...rest } = call.headers;
  switch (random.below(5)) {
    case 0:
      return { ...noted(call, `${name} left out`), headers: rest };
    case 1: {
      const other = random.pick(others).headers[name];
      if (other !== undefined) return { ...noted(call, `${name} of another`), headers: { ...rest, [name]: other } };
      return { ...noted(call, `${name} left out`), headers: rest };
    }
    case 2:
      if (old) return { ...noted(call, `${name} mutated`), headers: { ...rest, [name]: mutatedText(old, random) } };
      return { ...noted(call, `${name} hostile`), headers: { ...rest, [name]: random.pick(TEXTS) } };
    default:
      return { ...noted(call, `${name} hostile`), headers: { ...rest, [name]: random.pick(HEADER_VALUES) } };
  }
}

function withPath(call: WireCall, random: Random): WireCall {
  const [path = "", query = ""] = call.path.split("?", 2);
  const segments = path.split("/");
  const at = 1 + random.below(segments.length - 1);
  const text = random.pick(TEXTS);
  // Some as they are, for whoever decodes twice.
  const written = random.below(2) === 0 && /^[\x21-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
  const joined = (next: string, search = query) => next + (search ? `?${search}` : "");
  switch (random.below(6)) {
    case 0:
      return { ...noted(call, "path segment"), path: joined(segments.with(at, written).join("/")) };
    case 1:
      return { ...noted(call, "path longer"), path: joined(`${path}/${written}`) };
    case 2:
      return { ...noted(call, "path spelt otherwise"), path: joined(path.replace("/", "//").replace(/e/, "%65")) };
    case 3: {
      const name = random.pick(["access_token", "returnTo", "cursor", "done", "load", "invited", "client_id", "scope"]);
      return { ...noted(call, `query ${name}`), path: joined(path, `${query}&${name}=${written}`) };
    }
    case 4: {
      const fields = form([...new URLSearchParams(query)], random).map((pair) => [...pair]);
      return { ...noted(call, "query"), path: joined(path, new URLSearchParams(fields as string[][]).toString()) };
    }
    default:
      return {
        ...noted(call, "path mutated"),
        path: joined(`/${mutatedText(path.slice(1) || "x", random)}`.replaceAll("#", "%23")),
      };
  }
}

function withMethodOrOrigin(call: WireCall, random: Random): WireCall {
  if (random.below(2) === 0) return { ...noted(call, "origin"), origin: random.pick(ORIGINS) };
  const method = random.pick(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]);
  return { ...noted(call, `method ${method}`), method };
}
