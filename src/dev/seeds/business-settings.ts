import type { Business } from "./business-shape.ts";
import { partsOf } from "./parts.ts";

/** The settings of a server that its business decides: whose it is, and which parts it uses. */
export function businessSettings({ files }: Business) {
  return { BUSINESS_OWNER_USER_ID: files.business.ownerUserId, BUSINESS_PARTS: partsOf(files).join(",") };
}
