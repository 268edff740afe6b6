import { BUSINESS_PARTS, type BusinessPart } from "../../db/schema/vocabulary.ts";
import type { BusinessFiles } from "./business-shape.ts";

/**
 * Whether the files of a business use a part. A file asset counts before anything grants it: the owner can store it ahead. A
 * referral is attached to the checkout of an offer, so programs without an offer are not used.
 */
const USES: Readonly<Record<BusinessPart, (files: BusinessFiles) => boolean>> = {
  offers: (files) => hasRole(files, "primary"),
  plans: ({ plans }) => plans.plans.length > 0,
  access: (files) => files["access-catalog"].grantMaps.length > 0,
  files: (files) => files["access-catalog"].products.some(({ assets }) => assets.some(({ kind }) => kind === "file")),
  upsells: (files) => hasRole(files, "primary") && (hasRole(files, "upsell") || hasRole(files, "downsell")),
  affiliates: (files) => hasRole(files, "primary") && files.affiliates.programs.length > 0,
};

/** The parts that a business uses. */
export function partsOf(files: BusinessFiles): readonly BusinessPart[] {
  return BUSINESS_PARTS.filter((part) => USES[part](files));
}

const hasRole = (
  { offers }: BusinessFiles,
  role: BusinessFiles["offers"]["stacks"][number]["offers"][number]["role"],
) => offers.stacks.some((stack) => stack.offers.some((offer) => offer.role === role));
