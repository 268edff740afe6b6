import { BUSINESS_PARTS } from "../../db/schema/vocabulary.ts";
import type { Outside } from "../deploy/outside.ts";
import { deployCommand, type Target } from "../deploy/target.ts";
import { servingVariables } from "../deploy/worker-check.ts";
import { ScriptError } from "../local/run-script.ts";
import { partsOf } from "../seeds/parts.ts";

/**
 * Throws where the deployed server serves another owner than the files name, or lacks or has a part that the files do not: tools
 * and pages of a part come with a deploy, so the catalog waits for it.
 */
export async function assertDeployedFor(target: Target, outside: Outside): Promise<void> {
  const variables = await servingVariables(target, outside);
  if (variables === undefined) throw new ScriptError(`Nothing is deployed yet. Deploy first: ${deployCommand(target)}`);
  if ("reason" in variables) throw new ScriptError(`The deployed server can't be asked: ${variables.reason}`);
  const { files } = target.business;
  const owner = variables.get("BUSINESS_OWNER_USER_ID");
  if (owner !== files.business.ownerUserId) {
    throw new ScriptError(
      `business.json: ownerUserId must be the owner that the deployed server is set to: it is ${owner ?? "not set"} there, and ${files.business.ownerUserId} here. Set it back, or deploy another business elsewhere.`,
    );
  }
  const there = new Set((variables.get("BUSINESS_PARTS") ?? "").split(",").filter(Boolean));
  const here = new Set<string>(partsOf(files));
  const coming = BUSINESS_PARTS.filter((part) => here.has(part) && !there.has(part));
  const going = BUSINESS_PARTS.filter((part) => !here.has(part) && there.has(part));
  if (coming.length + going.length === 0) return;
  const words = [
    ...(coming.length > 0 ? [`the deployed server has no ${coming.join(", ")} yet`] : []),
    ...(going.length > 0 ? [`it still has ${going.join(", ")}`] : []),
  ];
  throw new ScriptError(
    `The files change a part of the business: ${words.join("; ")}. A deploy changes parts, and loads the files with them: ${deployCommand(target)}`,
  );
}
