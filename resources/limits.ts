import { moneyText } from "../src/base/money.ts";
import { isoTime } from "../src/base/time.ts";
import { limitsOfGrant, startedUnderGrant } from "../src/db/grant-limits.ts";
import { SCOPES } from "../src/kernel/actor.ts";
import { LIMITS_URI, leftToday } from "../src/kernel/grant-limits.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** The limits of the grant that a token belongs to, with what they leave; those of the person's other apps stay theirs. */
export const limits = defineResource({
  name: "limits",
  uri: LIMITS_URI,
  title: "Limits of this connection",
  description:
    "What the person lets this connection do without asking them: the most of one checkout before added tax, checkouts in 24 hours and how many are left, until when. Null is no limit.",
  readers: SCOPES,
  load: ({ actor, ctx }) => ({
    limits: limitsOfGrant(ctx, actor?.grantId ?? null),
    started: startedUnderGrant(ctx, actor?.grantId ?? null),
  }),
  present({ rows, ctx }) {
    const [row] = rows.limits;
    const { mostCents = null, currency = null, endsAt = null } = row ?? {};
    const day = leftToday({ limits: row, started: rows.started });
    return {
      mostOfOneCheckout:
        mostCents === null || currency === null
          ? null
          : { amountCents: mostCents, currency, amountText: moneyText(mostCents, currency) },
      checkoutsIn24Hours: day
        ? {
            most: day.most,
            left: day.left,
            freeAgainAt: day.freeAgainAt === undefined ? null : isoTime(day.freeAgainAt),
          }
        : null,
      actsAloneUntil: endsAt === null ? null : isoTime(endsAt),
      actsAlone: endsAt === null || endsAt > ctx.clock.now(),
      updatedAt: row ? isoTime(row.updatedAt) : null,
    };
  },
});
