import { type Locale, shownMoney, shownTime, type WriteMoney } from "../../base/shown.ts";
import type { BusinessRow } from "../../db/operations.ts";
import { quotedText } from "../../pages/untrusted-text.ts";

/** How a mail of a business writes its name, amounts and times. */
export interface Shown {
  /** The shop's name on one line: it stands in a subject, where a line break would begin another header. */
  readonly shop: string;
  readonly support: string;
  readonly money: WriteMoney;
  time(at: number): string;
}

/** The writing of a business, in its locale and time zone. */
export function shownIn({ name, supportEmail, locale, timeZone }: BusinessRow): Shown {
  const own: Locale = { locale, timeZone };
  return {
    shop: quotedText(name),
    support: quotedText(supportEmail),
    money: (cents, currency) => shownMoney(cents, currency, own),
    time: (at) => shownTime(at, own),
  };
}

/** A mail's text: paragraphs with a blank line between them; what is left out leaves none. */
export const paragraphs = (...texts: readonly (string | undefined)[]): string =>
  `${texts.filter((text) => text !== undefined && text !== "").join("\n\n")}\n`;

/** Whether a text is one address that a mail can go to: no name, no list, no line break. */
export const isAddress = (text: string): boolean => /^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/.test(text);
