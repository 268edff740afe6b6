import { parseBusiness } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { bundledDevAccounts, filesOfBusiness } from "./bundled-seeds.ts";

/** The businesses of the repository, by the name of their folder under `seeds/`. */
export const BUSINESSES = ["reference", "bakery", "institute"] as const;
export type BusinessName = (typeof BUSINESSES)[number];

/** A business of the repository, checked. */
export const businessOf = (name: BusinessName): Business => parseBusiness(filesOfBusiness(name));

/** The accounts that `npm run dev` makes for a business. */
export function peopleOf(business: Business) {
  const accounts = bundledDevAccounts(business);
  const owner = accounts.find(({ id }) => id === business.files.business.ownerUserId);
  const buyer = accounts.find(({ id }) => id !== business.files.business.ownerUserId);
  if (!owner || !buyer) throw new Error("a business has an owner and a buyer");
  return { owner, buyer };
}

/** Every text in parsed JSON, without its keys. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** The ids, names and sentences of a business: texts of more than one word. Its single words are those of any shop. */
function textsOf(name: BusinessName): string[] {
  return Object.entries(filesOfBusiness(name)).flatMap(([path, content]) => {
    const severalWords = path.startsWith("prose/") ? / / : /[ -]/;
    return textsIn(content).filter((text) => text.length >= 8 && severalWords.test(text));
  });
}

/** What the reference has and another business has not: no answer of the other one may hold it. */
export function textsOfReferenceAlone(other: BusinessName): string[] {
  const shared = new Set(textsOf(other));
  return textsOf("reference").filter((text) => !shared.has(text));
}
