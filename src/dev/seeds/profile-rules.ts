import { z } from "zod";

const ASCII = /^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$/;

/** A part of a confirmation text. Those are compared by code point, so it is plain ASCII. */
export const plainAscii = z.string().regex(ASCII, "must be plain ASCII text");

/**
 * What confirmation texts call a thing: the name that was written for them, or the one that people see where that is plain
 * ASCII. Adds an issue where neither is there; `seen` has the field that people see.
 */
export function confirmationNameOf(
  written: string | undefined,
  seen: Readonly<Record<string, string>>,
  { addIssue }: { addIssue(issue: { code: "custom"; path: string[]; message: string; input: unknown }): void },
): string {
  const [[field, name] = ["", ""]] = Object.entries(seen);
  if (written !== undefined || ASCII.test(name)) return written ?? name;
  addIssue({
    code: "custom",
    input: written,
    path: ["confirmationName"],
    message: `must be set, in plain ASCII: the ${field} "${name}" has other characters, and a confirmation text is compared character by character`,
  });
  return "";
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
