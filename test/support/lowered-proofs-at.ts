import { isOwnerScope } from "../../src/kernel/actor.ts";
import { proofRules } from "../../src/kernel/risk.ts";
import { writes } from "../../tools/index.ts";
import type { Person } from "./doors.ts";
import { openBrowser, signIn } from "./oauth.ts";

const PAGE = "/owner/proofs";

/** The rules of the owner's writes, each of which starts above a sentence in the call. */
const OWNERS_RULES = writes
  .filter(({ scope }) => isOwnerScope(scope))
  .flatMap(proofRules)
  .map(({ name }) => name);

/** The owner of a server lowers their own rules to a text in the call, on the console's page. */
export async function lowerProofsAt(
  send: Parameters<typeof openBrowser>[0],
  origin: string,
  person: Person,
): Promise<void> {
  const owner = openBrowser(send, origin);
  await signIn(owner, person);
  const choices = Object.fromEntries(OWNERS_RULES.map((name) => [`to.${name}`, "argument"]));
  const answer = await owner.submit(await owner.get(PAGE), PAGE, choices);
  if (answer.status !== 303) throw new Error(`the rules were not lowered: ${answer.status}`);
}
