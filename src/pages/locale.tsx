import { createContext, type PropsWithChildren, useContext } from "hono/jsx";
import { type Locale, languageOf, shownDay, shownMoney, shownTime, type WriteMoney } from "../base/shown.ts";
import { isoTime } from "../base/time.ts";

/** The language of our own words on every page. */
export const PAGE_LANGUAGE = "en";

/** The locale of a page whose business is not known. */
const NEUTRAL: Locale = { locale: PAGE_LANGUAGE, timeZone: "UTC" };

const LocaleContext = createContext<Locale>(NEUTRAL);

/** Gives the elements below it the locale of the business; each page has one, from its frame. */
export function LocaleOf({ business, children }: PropsWithChildren<{ business: Partial<Locale> }>) {
  const { locale = NEUTRAL.locale, timeZone = NEUTRAL.timeZone } = business;
  return <LocaleContext.Provider value={{ locale, timeZone }}>{children}</LocaleContext.Provider>;
}

/** An instant, to the minute, as the business writes it. */
export function When({ at }: { at: number }) {
  const shown = useContext(LocaleContext);
  return (
    <time datetime={isoTime(at)} lang={otherLanguage(shown.locale)}>
      {shownTime(at, shown)}
    </time>
  );
}

/** A text with amounts, as the business writes them: `of` gets the function that writes one in minor units. */
export function Amounts({ of }: { of: (write: WriteMoney) => string }) {
  const shown = useContext(LocaleContext);
  return <>{of((cents, currency) => shownMoney(cents, currency, shown))}</>;
}

/** One amount in minor units, as the business writes it. */
export const Money = ({ cents, currency }: { cents: number; currency: string }) => (
  <Amounts of={(write) => write(cents, currency)} />
);

/** A date without a time, in the time zone of the business. */
export function Day({ at }: { at: number }) {
  const shown = useContext(LocaleContext);
  return (
    <time datetime={isoTime(at)} lang={otherLanguage(shown.locale)}>
      {shownDay(at, shown)}
    </time>
  );
}

/** Words of the business: a name or a description, in its language. */
export function OwnWords({ children }: PropsWithChildren) {
  const lang = otherLanguage(useContext(LocaleContext).locale);
  // `bdi`: a name in a script that runs from right to left leaves the words around it in their order.
  return <bdi lang={lang}>{children}</bdi>;
}

/** The language, unless it is the page's own. */
function otherLanguage(locale: string): string | undefined {
  const language = languageOf(locale);
  return language === PAGE_LANGUAGE ? undefined : language;
}
