import { minuteText } from "../../base/time.ts";

/** An order by what was bought and when, for people who know no ids. */
export function orderText(lines: readonly { readonly name: string }[], at: number): string {
  const names = lines.map(({ name }) => name).join(" and ");
  return `${names || "an order without lines"}, ordered at ${minuteText(at)}`;
}

/** How many other payment pages a person already has open. */
export const openBeside = (open: readonly unknown[]): string =>
  open.length === 0 ? "nothing is ordered" : `you have other payment pages open: ${open.length}`;
