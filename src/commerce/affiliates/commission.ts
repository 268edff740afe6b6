import { commissionCents } from "../../base/money.ts";

/** The days in which evidence can be reversed, unless a rule asks for more. */
export const MINIMUM_HOLD_DAYS = 14;

/** A sold line as it was priced, and the rate of its price. */
export interface PricedLine {
  readonly priceId: string;
  readonly unitAmountCents: number;
}
export interface PriceRate {
  readonly id: string;
  readonly priceId: string | null;
  readonly rateBps: number;
  readonly holdDays: number;
}

/** What evidence says a checkout is worth to its partner. */
export interface Commission {
  readonly commissionCents: number;
  readonly ruleIds: readonly string[];
  readonly holdDays: number;
}

/** Sums the lines that have a rate, each rounded once. Null where no line has one: then there is nothing to record. */
export function commissionOf(lines: readonly PricedLine[], rates: readonly PriceRate[]): Commission | null {
  const found = lines.flatMap((line) =>
    rates.filter((rate) => rate.priceId === line.priceId).map((rate) => ({ line, rate })),
  );
  if (found.length === 0) return null;
  return {
    commissionCents: found.reduce(
      (sum, { line, rate }) => sum + commissionCents(line.unitAmountCents, rate.rateBps),
      0,
    ),
    ruleIds: found.map(({ rate }) => rate.id),
    holdDays: Math.max(MINIMUM_HOLD_DAYS, ...found.map(({ rate }) => rate.holdDays)),
  };
}
