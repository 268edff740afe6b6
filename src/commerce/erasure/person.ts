import { eq } from "drizzle-orm";
import { EMAIL_HASH, hashedEmail } from "../../db/order-payers.ts";
import { type OpenAffairs, openAffairs, ordersOfPerson, type PersonInOrders } from "../../db/person-orders.ts";
import { user } from "../../db/schema/index.ts";
import type { Context } from "../../kernel/context.ts";

/** A person to be erased: their account, where they have one, their orders, and what is still open. */
export interface FoundPerson extends PersonInOrders {
  /** As it is hashed. */
  readonly email: string;
  readonly account: { readonly id: string; readonly name: string; readonly createdAt: number } | undefined;
  /** The orders of their account. */
  readonly own: readonly string[];
  /** Those, and the orders of other accounts that their address paid. */
  readonly all: readonly string[];
  readonly open: OpenAffairs;
}

/** An address, and whether the orders that it paid count. They do where the asking person is known to read its mail. */
export interface Sought {
  readonly email: string;
  readonly asPayer: boolean;
}

/** The person with an address; undefined where neither an account nor an order has it. */
export async function findPersonByEmail({ email, asPayer }: Sought, ctx: Context): Promise<FoundPerson | undefined> {
  const address = hashedEmail(email);
  const { accounts } = await ctx.db.read({
    accounts: ctx.db.build
      .select({ id: user.id, name: user.name, createdAt: user.createdAt })
      .from(user)
      .where(eq(user.email, address))
      .limit(1),
  });
  const [found] = accounts;
  const account = found && { ...found, createdAt: found.createdAt.getTime() };
  const emailHashes = asPayer ? await ctx.keyring.keyedHashes(address, EMAIL_HASH) : [];
  const person = { userId: account?.id ?? null, emailHashes };
  const rows = await ctx.db.read(ordersOfPerson(ctx, person));
  const own = rows.own.map(({ id }) => id);
  const all = [...new Set([...own, ...[...rows.paid, ...rows.granted, ...rows.planned].map(({ id }) => id)])];
  if (!account && all.length === 0) return undefined;
  const open = await ctx.db.read(openAffairs(ctx, own));
  return { ...person, email: address, account, own, all, open };
}

/** Whether something of the person's is open, so that they can't be erased yet. */
export const isBusy = ({ open }: Pick<FoundPerson, "open">): boolean =>
  Object.values(open).some((rows) => rows.length > 0);
