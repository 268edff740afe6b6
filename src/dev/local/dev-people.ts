import { businessFromFolder, devAccountsFromFolder } from "../seeds/folder.ts";
import type { DevAccount } from "../seeds/story/shape.ts";

/** The roles of the development accounts. */
export const ROLES = ["owner", "buyer"] as const;
/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** The development accounts by role: the owner has the business's `ownerUserId`, the buyer is the first other account. */
export function devPeople(): Readonly<Record<Role, DevAccount>> {
  const { ownerUserId } = businessFromFolder().files.business;
  const accounts = devAccountsFromFolder();
  const owner = accounts.find(({ id }) => id === ownerUserId);
  const buyer = accounts.find(({ id }) => id !== ownerUserId);
  if (!owner || !buyer) throw new Error("seeds/stories/accounts.json needs an account of the owner and one of a buyer");
  return { owner, buyer };
}
