import { assertChargeable, assertCurrency } from "./charge-limits.ts";
import { seconds } from "./clock.ts";
import { invalid, missing } from "./errors.ts";
import type { Sandbox } from "./sandbox.ts";
import { type PricedLine, pricedLines } from "./session-lines.ts";
import type { CreateSession } from "./session-parameters.ts";
import { sessionSettings } from "./session-settings.ts";

const MINUTES_30 = 30 * 60;
const HOURS_24 = 24 * 60 * 60;

/** The rules of session creation: between parameters, about the clock, the account and the prices that it names. */
export async function checkCreateSession(parameters: CreateSession, sandbox: Sandbox): Promise<void> {
  if (parameters.line_items.length === 0) throw missing("line_items");
  if (parameters.currency !== undefined) assertCurrency(parameters.currency, "currency");
  const lines = await pricedLines(sandbox, parameters.line_items);
  assertMode(parameters, lines);
  assertOneInterval(lines);
  const currency = oneCurrency(parameters, lines);
  assertExpiry(parameters.expires_at, seconds(sandbox.now));
  sessionSettings(parameters, lines, sandbox.account);
  assertChargeable(
    lines.reduce((total, { price, quantity }) => total + price.unit_amount * quantity, 0),
    currency,
  );
}

function assertMode(parameters: CreateSession, lines: readonly PricedLine[]): void {
  const recurring = lines.filter(({ price }) => price.recurring !== null).length;
  if (parameters.mode === "payment") {
    if (recurring > 0) {
      throw invalid(
        "mode",
        "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
      );
    }
    if (parameters.subscription_data)
      throw invalid("subscription_data", "You can not pass `subscription_data` in `payment` mode.");
    return;
  }
  if (recurring === 0) {
    throw invalid("mode", "You must provide at least one recurring price in `subscription` mode when using prices.");
  }
  if (parameters.payment_intent_data) {
    throw invalid("payment_intent_data", "You can not pass `payment_intent_data` in `subscription` mode.");
  }
  if (parameters.customer_creation)
    throw invalid("customer_creation", "`customer_creation` can only be used in `payment` mode.");
}

function assertOneInterval(lines: readonly PricedLine[]): void {
  const intervals = new Set(
    lines.flatMap(({ price: { recurring } }) =>
      recurring ? [`${recurring.interval_count} ${recurring.interval}`] : [],
    ),
  );
  if (intervals.size <= 1) return;
  throw invalid("line_items", "The Stripe sandbox bills all recurring prices of a subscription at the same interval.");
}

function oneCurrency(parameters: CreateSession, lines: readonly PricedLine[]): string {
  const currencies = new Set(lines.map(({ price }) => price.currency));
  if (parameters.currency) currencies.add(parameters.currency);
  const [first = "usd", ...others] = currencies;
  if (others.length === 0) return first;
  throw invalid(
    "line_items",
    `All prices of a Checkout Session must use the same currency, and these use ${[...currencies].join(", ")}.`,
  );
}

function assertExpiry(expiresAt: number | undefined, now: number): void {
  if (expiresAt === undefined) return;
  if (expiresAt < now + MINUTES_30) {
    throw invalid(
      "expires_at",
      "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
    );
  }
  if (expiresAt > now + HOURS_24) {
    throw invalid(
      "expires_at",
      "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
    );
  }
}
