import { invalid, missing, Refusal } from "./errors.ts";
import type { FormFields, FormValue } from "./form.ts";

/** Reads one parameter. Throws Stripe's refusal. `at` is the name of the parameter as Stripe prints it: `a[b]`. */
export type Reader<T> = (value: FormValue | undefined, at: string) => T;

/** Readers by the name of their parameter. */
export type Readers = Record<string, Reader<unknown>>;
/** The values of those readers. */
export type Read<R extends Readers> = { [K in keyof R]: ReturnType<R[K]> };

/** Makes a parameter required. */
export function required<T>(reader: Reader<T | undefined>): Reader<T> {
  return (value, at) => {
    const read = reader(value, at);
    if (read === undefined) throw missing(at);
    return read;
  };
}

/** A string of at most `max` characters. */
export function text(max = 5000): Reader<string | undefined> {
  return (value, at) => {
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw invalid(at, `Invalid string: ${at} must be a string`);
    if (value === "") throw empty(at);
    if (value.length > max) {
      throw invalid(
        at,
        `Invalid string: ${value.slice(0, 10)}...${value.slice(-10)}; must be at most ${max} characters`,
      );
    }
    return value;
  };
}

/** An absolute http or https address. */
export function webAddress(): Reader<string | undefined> {
  return (value, at) => {
    const address = text()(value, at);
    if (address !== undefined && !/^https?:\/\/[^\s/]+/i.test(address))
      throw invalid(at, "Not a valid URL", "url_invalid");
    return address;
  };
}

/** An e-mail address: one `@`, and a dot behind it. */
export function emailAddress(): Reader<string | undefined> {
  return (value, at) => {
    const address = text(800)(value, at);
    if (address !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) {
      throw invalid(at, `Invalid email address: ${address}`, "email_invalid");
    }
    return address;
  };
}

/** A whole number in decimal digits. */
export function integer({ min, max }: { min?: number; max?: number } = {}): Reader<number | undefined> {
  return (value, at) => {
    if (value === undefined) return undefined;
    if (value === "") throw empty(at);
    if (typeof value !== "string" || !/^-?\d{1,15}$/.test(value)) {
      throw invalid(at, `Invalid integer: ${typeof value === "string" ? value : at}`, "parameter_invalid_integer");
    }
    const number = Number(value);
    if (min !== undefined && number < min) {
      throw invalid(at, `This value must be greater than or equal to ${min}.`, "parameter_invalid_integer");
    }
    if (max !== undefined && number > max) {
      throw invalid(at, `This value must be less than or equal to ${max}.`, "parameter_invalid_integer");
    }
    return number;
  };
}

/** `true` or `false`. */
export function flag(): Reader<boolean | undefined> {
  return (value, at) => {
    if (value === undefined) return undefined;
    if (value !== "true" && value !== "false")
      throw invalid(at, `Invalid boolean: ${typeof value === "string" ? value : at}`);
    return value === "true";
  };
}

/** One of the given words. */
export function choice<const W extends string>(words: readonly W[]): Reader<W | undefined> {
  return (value, at) => {
    if (value === undefined) return undefined;
    const found = words.find((word) => word === value);
    if (found === undefined) throw invalid(at, `Invalid ${at}: must be one of ${words.join(", ")}`);
    return found;
  };
}

/** Named parts. An undeclared name is refused as Stripe refuses it. */
export function fields<R extends Readers>(readers: R): Reader<Read<R> | undefined> {
  return (value, at) => {
    if (value === undefined) return undefined;
    if (typeof value === "string") throw invalid(at, `Invalid object`);
    refuseUnknown(value, (name) => Object.hasOwn(readers, name), at);
    const read = Object.entries(readers).map(([name, reader]) => [name, reader(value.get(name), nameUnder(at, name))]);
    return asRead<R>(Object.fromEntries(read));
  };
}

/** Items in the order of their indices. */
export function list<T>(item: Reader<T | undefined>, maximum = 100): Reader<T[] | undefined> {
  return (value, at) => {
    if (value === undefined) return undefined;
    if (typeof value === "string" || [...value.keys()].some((key) => !/^\d{1,4}$/.test(key))) {
      throw invalid(at, "Invalid array");
    }
    if (value.size > maximum) throw invalid(at, `Array ${at} exceeded maximum ${maximum} allowed elements.`);
    return [...value.entries()]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([key, part]) => required(item)(part, nameUnder(at, key)));
  };
}

/** Stripe's metadata: at most 50 names of at most 40 characters, values of at most 500. An empty value leaves its name out. */
export function metadata(): Reader<Record<string, string> | undefined> {
  return (value, at) => (value === "" ? undefined : withoutEmpty(metadataChange()(value, at) ?? undefined));
}

/** Metadata of an update: null empties it; an empty value removes its name. */
export function metadataChange(): Reader<Record<string, string> | null | undefined> {
  return unsettable((value, at) => {
    if (value === undefined) return undefined;
    if (typeof value === "string") throw invalid(at, "Invalid object");
    if (value.size > 50) throw invalid(at, `Metadata can have at most 50 keys, and ${at} has ${value.size}.`);
    const pairs: [string, string][] = [];
    for (const [name, part] of value) {
      const here = nameUnder(at, name);
      if (name.length > 40) throw invalid(here, `Metadata keys can be at most 40 characters: ${name.slice(0, 60)}`);
      if (typeof part !== "string") throw invalid(here, "Metadata values must be strings.");
      if (part.length > 500) throw invalid(here, "Metadata values can have at most 500 characters.");
      pairs.push([name, part]);
    }
    return Object.fromEntries(pairs);
  });
}

/** Metadata after an update. */
export function changedMetadata(
  now: Record<string, string>,
  change: Record<string, string> | null | undefined,
): Record<string, string> {
  return change === null ? {} : (withoutEmpty({ ...now, ...change }) ?? {});
}

function withoutEmpty(pairs: Record<string, string> | undefined): Record<string, string> | undefined {
  return pairs && Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== ""));
}

/** A parameter that an empty value unsets; it then reads as null. */
export function unsettable<T>(reader: Reader<T | undefined>): Reader<T | null | undefined> {
  return (value, at) => (value === "" ? null : reader(value, at));
}

/** A parameter of Stripe's that the sandbox does not simulate. It is refused: ignoring it would let a test pass wrongly. */
export function notSimulated(): Reader<undefined> {
  return (value, at) => {
    if (value === undefined) return undefined;
    throw invalid(at, `The Stripe sandbox does not simulate the parameter ${at}.`);
  };
}

/** The names in `expand` that this call can expand. */
export function expandable(...allowed: string[]): Reader<string[] | undefined> {
  return (value, at) => {
    const wanted = list(text())(value, at);
    const unknown = wanted?.find((name) => !allowed.includes(name));
    if (unknown !== undefined) throw invalid(at, `This property cannot be expanded (${unknown}).`);
    return wanted;
  };
}

/** `created=…` or `created[gte]=…`: a range of epoch seconds. */
export function range(): Reader<{ gt?: number; gte?: number; lt?: number; lte?: number } | undefined> {
  const bounds = fields({ gt: integer(), gte: integer(), lt: integer(), lte: integer() });
  return (value, at) => {
    if (typeof value === "string") {
      const exact = required(integer())(value, at);
      return { gte: exact, lte: exact };
    }
    const read = bounds(value, at);
    return read && Object.fromEntries(Object.entries(read).filter(([, bound]) => bound !== undefined));
  };
}

/** The parameters of every list call. */
export const pagination = {
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
  ending_before: text(),
};

/** Throws Stripe's refusal of parameters that `known` denies. */
export function refuseUnknown(value: FormFields, known: (name: string) => boolean, at: string): void {
  const unknown = [...value.keys()].filter((name) => !known(name)).map((name) => nameUnder(at, name));
  const first = unknown[0];
  if (first === undefined) return;
  throw new Refusal(400, {
    type: "invalid_request_error",
    code: "parameter_unknown",
    param: first,
    message: `Received unknown parameter${unknown.length > 1 ? "s" : ""}: ${unknown.join(", ")}`,
  });
}

function empty(at: string): Refusal {
  return invalid(
    at,
    `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however '${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`,
    "parameter_invalid_empty",
  );
}

function nameUnder(at: string, name: string): string {
  return at === "" ? name : `${at}[${name}]`;
}

/** The cast holds: each entry was made by the reader of its name. */
function asRead<R extends Readers>(read: Record<string, unknown>): Read<R> {
  return read as Read<R>;
}
