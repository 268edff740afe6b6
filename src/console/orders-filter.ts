import { endOfDay, isDay, startOfDay } from "../base/days.ts";
import { MODE_WORDS } from "../commerce/words.ts";
import { clientsThatOrdered, offersToFilter, plansToFilter } from "../db/order-choices.ts";
import type { OrderField, OrderFilter } from "../db/orders.ts";
import { CHECKOUT_STATUSES, STRIPE_MODES } from "../db/schema/vocabulary.ts";
import type { Context } from "../kernel/context.ts";
import { domainOf } from "../pages/untrusted-text.ts";
import { ORDER_WORDS } from "./order-words.ts";

/** The fields of the form, as the address has them; a field that is empty asks nothing. */
export interface FilterForm {
  /** `status:paid`: a filter and its value. */
  readonly filter: string;
  readonly from: string;
  readonly to: string;
}

/** One line of the filter's menu; `own`: the label is a word of the business. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A group of the filter's menu. */
export interface ChoiceGroup {
  readonly name: OrderField;
  readonly label: string;
  readonly choices: readonly Choice[];
}

/** What the form asks for: the filter, and a fault for each field that can't be read. */
export interface AskedFilter {
  readonly filter: OrderFilter;
  readonly faults: Partial<Record<keyof FilterForm, string>>;
}

/** The fields of the form in an address. */
export const formOf = ({ searchParams }: URL): FilterForm => {
  const field = (name: keyof FilterForm) => searchParams.get(name)?.trim() ?? "";
  return { filter: field("filter"), from: field("from"), to: field("to") };
};

/** The value that the form asks for in one filter. */
const askedOf = ({ filter }: FilterForm, name: OrderField) =>
  filter.startsWith(`${name}:`) ? filter.slice(name.length + 1) : undefined;

/** The queries of what the menu offers. */
export const choiceQueries = (form: FilterForm, ctx: Context) => ({
  offers: offersToFilter(ctx, askedOf(form, "offer")),
  plans: plansToFilter(ctx),
  clients: clientsThatOrdered(ctx, askedOf(form, "client")),
});

interface ChoiceRows {
  readonly offers: Awaited<ReturnType<typeof offersToFilter>>;
  readonly plans: Awaited<ReturnType<typeof plansToFilter>>;
  readonly clients: Awaited<ReturnType<typeof clientsThatOrdered>>;
}

/** The menu of the filter; a group without a choice is left out. */
export function choicesOf({ offers, plans, clients }: ChoiceRows): ChoiceGroup[] {
  const sold = ({ value, name, withdrawn }: { value: string; name: string; withdrawn: number }) => ({
    value,
    label: withdrawn === 1 ? `${name} (no longer sold)` : name,
  });
  const groups: ChoiceGroup[] = [
    {
      name: "status",
      label: "Status",
      choices: CHECKOUT_STATUSES.map((value) => ({ value, label: ORDER_WORDS[value] })),
    },
    { name: "mode", label: "Stripe mode", choices: STRIPE_MODES.map((value) => ({ value, label: MODE_WORDS[value] })) },
    { name: "offer", label: "Offer", choices: offers.map(sold) },
    { name: "plan", label: "Plan", choices: plans.map(sold) },
    {
      name: "client",
      label: "Ordered through",
      choices: clients.map(({ clientId, clientName }) => {
        const domain = domainOf(clientId);
        return { value: clientId, label: `${clientName ?? "a disconnected app"}${domain ? ` of ${domain}` : ""}` };
      }),
    },
  ];
  return groups.filter(({ choices }) => choices.length > 0);
}

/** Reads the form. What can't be read is left out of the filter and has a fault. */
export function readFilter(form: FilterForm, groups: readonly ChoiceGroup[], timeZone: string): AskedFilter {
  const faults: AskedFilter["faults"] = {};
  const group = groups.find(({ name }) => askedOf(form, name) !== undefined);
  const value = group && askedOf(form, group.name);
  const choice = group?.choices.find((one) => one.value === value);
  if (form.filter !== "" && !choice) faults.filter = "Show: this is no filter of this list. All orders are shown.";
  const day = (name: "from" | "to", label: string) => {
    if (form[name] === "" || isDay(form[name])) return form[name] || undefined;
    faults[name] = `${label}: this is no day. Write it as 2026-11-29.`;
    return undefined;
  };
  const [from, to] = [day("from", "From"), day("to", "To")];
  const turned = from !== undefined && to !== undefined && from > to;
  if (turned) faults.to = "To: this day is before the first one. The days are left out.";
  return {
    filter: {
      field: group && choice && { name: group.name, value: choice.value },
      from: from === undefined || turned ? undefined : startOfDay(from, timeZone),
      before: to === undefined || turned ? undefined : endOfDay(to, timeZone),
    },
    faults,
  };
}
