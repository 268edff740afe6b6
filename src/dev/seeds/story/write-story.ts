import type { Keyring } from "../../../base/keyring.ts";
import type { Business } from "../business-shape.ts";
import { runStatements } from "../load.ts";
import type { LocalDatabase } from "../local-database.ts";
import { storyRows } from "./rows.ts";
import type { Story } from "./shape.ts";

/**
 * Writes the story in one transaction, into a local database that holds the business. Answers false, without a write, when
 * the story was written before: audit rows can be neither repeated nor removed.
 */
export async function writeStory(
  local: LocalDatabase,
  business: Business,
  story: Story,
  keyring: Pick<Keyring, "seal">,
): Promise<boolean> {
  const [first] = story.checkouts;
  const existing = await local.binding
    .prepare("SELECT 1 FROM checkout_intents WHERE owner_user_id = ? AND id = ?")
    .bind(business.files.business.ownerUserId, first?.id ?? "")
    .first();
  if (existing) return false;
  await runStatements(local.binding, await storyRows({ business, story, publicUrl: local.publicUrl, keyring }));
  return true;
}
