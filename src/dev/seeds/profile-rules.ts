import { z } from "zod";

const TWO_BLANKS = "must not have two blanks in a row: a page shows them as one";

const ASCII = /^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$/;

/** A part of a confirmation text. Those are compared by code point, so it is plain ASCII. */
export const plainAscii = z.string().superRefine((text, { addIssue }) => {
  const message = asciiFault(text);
  if (message !== undefined) addIssue({ code: "custom", message });
});

function asciiFault(text: string): string | undefined {
  if (text.trim() === "") return "must not be empty";
  if (/^\s|\s$/.test(text)) return "must not start or end with a blank";
  const other = /[^\x20-\x7E]/u.exec(text);
  if (other)
    return `must be plain ASCII text, and holds ${codeOf(other[0])} after ${other.index} characters: write another one`;
  if (text.includes("  ")) return TWO_BLANKS;
  return undefined;
}

/**
 * What is wrong with a name. A name stands on one line, in pages and at Stripe; characters that turn the direction of a line
 * (Unicode UAX #9) can show it as another name, and those without a width as an equal one.
 */
export function nameFault(name: string): string | undefined {
  if (name.trim() === "") return "must not be empty";
  if (/^\s|\s$/u.test(name)) return "must not start or end with a blank";
  if (name.includes("  ")) return TWO_BLANKS;
  const hidden = /[\p{Cc}\u2028\u2029]/u.exec(name);
  if (hidden)
    return `must be one line without control characters, and holds ${codeOf(hidden[0])} after ${hidden.index} characters: take it out`;
  const turning = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u.exec(name);
  if (turning)
    return `must not change the direction of its line, and holds ${codeOf(turning[0])} after ${turning.index} characters: take it out`;
  const unseen = /[\u00AD\u200B\u2060\uFEFF]/u.exec(name);
  if (unseen)
    return `must have characters that can be seen, and holds ${codeOf(unseen[0])} after ${unseen.index} characters: take it out`;
  return name.isWellFormed() ? undefined : "must be well-formed Unicode";
}

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/**
 * The rule of a thing that confirmation texts name: it has a `confirmationName`, or the name that people see is plain ASCII.
 * `seen` is the field of that name. The rule is held beside the faults of other fields.
 */
export function namedInAscii<F extends string>(seen: F): Parameters<z.ZodType["refine"]> {
  const named = (value: unknown) => (value ?? {}) as { readonly [K in F | "confirmationName"]?: unknown };
  return [
    (value: unknown): boolean => {
      const name = named(value)[seen];
      const isWritten = named(value).confirmationName !== undefined;
      return isWritten || typeof name !== "string" || nameFault(name) !== undefined || ASCII.test(name);
    },
    {
      path: ["confirmationName"],
      when: () => true,
      error: ({ input }: { readonly input?: unknown }) =>
        `must be set, in plain ASCII: the ${seen} "${named(input)[seen]}" has other characters, and a confirmation text is compared character by character`,
    },
  ] satisfies Parameters<z.ZodType["refine"]>;
}

/** What is wrong with a locale: it is not one of BCP 47, or this runtime has no data of it. */
export function localeFault(locale: string): string | undefined {
  const example = "such as en, de-DE or ja-JP";
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale).length > 0 ? undefined : `must be a known locale, ${example}`;
  } catch {
    return `must be a locale of BCP 47, ${example}`;
  }
}

/** What is wrong with a time zone. */
export function timeZoneFault(timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return undefined;
  } catch {
    return "must be a time zone of the IANA database, such as UTC, Europe/Berlin or Asia/Tokyo";
  }
}
