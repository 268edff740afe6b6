import { businessFromFolder, devAccountsFromFolder } from "../seeds/folder.ts";
import type { DevAccount } from "../seeds/story/shape.ts";

/** The roles that scripts know people of development by. */
export const ROLES = ["owner", "buyer"] as const;
export type Role = (typeof ROLES)[number];

/** The accounts of the seeds, by role: the owner is whom the business names. */
export function devPeople(): Readonly<Record<Role, DevAccount>> {
  const { ownerUserId } = businessFromFolder().files.business;
  const accounts = devAccountsFromFolder();
  const owner = accounts.find(({ id }) => id === ownerUserId);
  const buyer = accounts.find(({ id }) => id !== ownerUserId);
  if (!owner || !buyer) throw new Error("seeds/stories/accounts.json needs the owner and somebody else");
  return { owner, buyer };
}
