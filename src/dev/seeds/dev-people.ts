import type { Business } from "./business-shape.ts";
import { SeedError } from "./faults.ts";
import { type DevAccount, parseDevAccounts } from "./story/shape.ts";

const FILE = "stories/accounts.json";

/** The password of accounts that are made here. They live in a database on this machine alone. */
const LOCAL_PASSWORD = "local-password";

/**
 * The development accounts of a business: `raw` is its `stories/accounts.json`, which holds the owner and a buyer. Without
 * the file both are made. Throws a `SeedError` where one of them is not in the file.
 */
export function devAccountsOf({ files }: Business, raw: unknown): readonly DevAccount[] {
  const { ownerUserId, ownerName, ownerEmail } = files.business;
  if (raw === undefined) {
    return [
      { id: ownerUserId, name: ownerName, email: ownerEmail, password: LOCAL_PASSWORD },
      { id: "user-local-buyer", name: "Local buyer", email: "buyer@localhost.test", password: LOCAL_PASSWORD },
    ];
  }
  const accounts = parseDevAccounts(FILE, raw);
  const fault = (message: string) => ({ file: FILE, path: ["accounts"], message });
  const way = "or delete the file: npm run dev then makes both accounts";
  if (!accounts.some(({ id }) => id === ownerUserId)) {
    throw new SeedError([
      fault(`must hold the owner: an account with the id ${ownerUserId}, as ownerUserId in business.json is, ${way}`),
    ]);
  }
  if (accounts.every(({ id }) => id === ownerUserId)) {
    throw new SeedError([fault(`must hold a buyer: an account with another id than the owner's, ${way}`)]);
  }
  return accounts;
}
