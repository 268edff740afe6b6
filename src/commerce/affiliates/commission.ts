import { commissionCents } from "../../base/money.ts";

/** The days in which evidence can be reversed, unless a rule asks for more. */
const MINIMUM_HOLD_DAYS = 14;

/** A sold line as it was priced. */
export interface PricedLine {
  readonly priceId: string;
  readonly unitAmountCents: number;
}

/** The commission rate of a price. */
interface PriceRate {
  readonly id: string;
  readonly priceId: string | null;
  readonly rateBps: number;
  readonly holdDays: number;
}

/** The commission of a checkout, with the rules that it comes from. */
export interface Commission {
  readonly commissionCents: number;
  readonly ruleIds: readonly string[];
  readonly holdDays: number;
}

/** The sum over the lines that have a rate, each line rounded once; null where no line has a rate. */
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
