import type { BusinessFiles } from "./business-shape.ts";
import { SeedError } from "./faults.ts";
import { type DevAccount, parseDevAccounts } from "./story/shape.ts";

const FILE = "stories/accounts.json";

/** The password of accounts that are made here. They live in a database on this machine alone. */
const LOCAL_PASSWORD = "local-password";

/**
 * The development accounts of a business: `raw` is its `stories/accounts.json`, which holds the owner and a buyer. Without
 * the file both are made. Throws a `SeedError` where one of them is not in the file.
 */
export function devAccountsOf(profile: BusinessFiles["business"], raw: unknown): readonly DevAccount[] {
  const { ownerUserId, ownerName, ownerEmail } = profile;
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
  const twice = accounts.flatMap(({ email }, index) => {
    const first = accounts.findIndex((account) => account.email.toLowerCase() === email.toLowerCase());
    if (first === index) return [];
    const message = `must be the address of one account: ${email} is also that of ${accounts[first]?.id}, so give this one another`;
    return [{ file: FILE, path: ["accounts", index, "email"], message }];
  });
  if (twice.length > 0) throw new SeedError(twice);
  const taken = accounts.findIndex(
    ({ id, email }) => id !== ownerUserId && email.toLowerCase() === ownerEmail.toLowerCase(),
  );
  if (taken >= 0) {
    const message = "must not be ownerEmail of business.json, which is the owner's: give this account another address";
    throw new SeedError([{ file: FILE, path: ["accounts", taken, "email"], message }]);
  }
  return accounts;
}
