import type { Business } from "../seeds/business-shape.ts";
import { partsOf } from "../seeds/parts.ts";

/** Variables of a deployment that its business decides. `npm run deploy` hands them to wrangler; `wrangler.toml` has none of them. */
export function deploymentSettings({ files }: Business): Readonly<Record<string, string>> {
  return { BUSINESS_OWNER_USER_ID: files.business.ownerUserId, BUSINESS_PARTS: partsOf(files).join(",") };
}
