import { minuteText } from "../../base/time.ts";

/** Names an order to a person by its lines and its time, without ids. */
export function orderText(lines: readonly { readonly name: string }[], at: number): string {
  const names = lines.map(({ name }) => name).join(" and ");
  return `${names || "an order without lines"}, ordered at ${minuteText(at)}`;
}

/** Tells a person who starts a checkout how many other payment pages they have open. */
export const openPagesText = (open: readonly unknown[]): string =>
  open.length === 0 ? "nothing is ordered" : `you have other payment pages open: ${open.length}`;
