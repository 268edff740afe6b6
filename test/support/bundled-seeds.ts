import { parseBusiness, type SeedFiles } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { devAccountsOf } from "../../src/dev/seeds/check-dev-accounts.ts";
import { type DevAccount, parseStory, type Story } from "../../src/dev/seeds/story/shape.ts";

/** Every seed file as a module, for a runtime without a file system, by its path from the repository. */
const modules = import.meta.glob("../../seeds/**/*.json", { eager: true });

/** The files of one business by their path in its folder. */
function filesOf(name: string, isWanted: (path: string) => boolean): SeedFiles {
  const prefix = `../../seeds/${name}/`;
  return Object.fromEntries(
    Object.entries(modules).flatMap(([path, content]) => {
      const inside = path.startsWith(prefix) ? path.slice(prefix.length) : "stories/";
      return isWanted(inside) ? [[inside, content.default]] : [];
    }),
  );
}

const isStory = (path: string) => path.startsWith("stories/");

/** The catalog files of a business of the repository. */
export const filesOfBusiness = (name: string): SeedFiles => filesOf(name, (path) => !isStory(path));

/** The files of the reference business, by their path in its folder. */
export const bundledFiles: SeedFiles = filesOfBusiness("reference");

const bundledStories = filesOf("reference", isStory);

/** The reference business, checked. */
export const bundledBusiness = (): Business => parseBusiness(bundledFiles);

/** The story behind the reference document, checked. */
export const bundledReferenceStory = (business: Business): Story =>
  parseStory("stories/reference.json", bundledStories["stories/reference.json"], business);

/** The development accounts of a business: of the reference, or the pair that is made for another one. */
export function bundledDevAccounts(business: Business = bundledBusiness()): readonly DevAccount[] {
  const raw = bundledStories["stories/accounts.json"];
  const { ownerUserId } = (bundledFiles["business.json"] ?? {}) as { ownerUserId?: string };
  return devAccountsOf(business.files.business, business.files.business.ownerUserId === ownerUserId ? raw : undefined);
}
