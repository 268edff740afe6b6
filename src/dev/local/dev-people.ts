import { businessFromFolder, devAccountsFromFolder } from "../seeds/folder.ts";
import type { DevAccount } from "../seeds/story/shape.ts";

/** The roles of the development accounts. */
export const ROLES = ["owner", "buyer"] as const;
/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** The development accounts by role: the owner has the business's `ownerUserId`, the buyer is the first other account. */
export function devPeople(): Readonly<Record<Role, DevAccount>> {
  const { business } = businessFromFolder().files;
  const accounts = devAccountsFromFolder(business);
  const isOwner = ({ id }: DevAccount) => id === business.ownerUserId;
  const owner = accounts.find(isOwner);
  const buyer = accounts.find((account) => !isOwner(account));
  if (!owner || !buyer) throw new Error("the accounts of a business hold its owner and a buyer");
  return { owner, buyer };
}
