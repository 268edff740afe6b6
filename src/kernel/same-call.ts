import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";

/**
 * SHA-256 of what a call asks for, however it is spelled: a no to the call counts against each spelling. Where two calls are
 * wrongly taken for one, the person is asked on our page: no harm.
 */
export function callSha256(
  { name, aside = [], unstorable }: Pick<ConfirmedWrite, "name" | "aside" | "unstorable">,
  input: Readonly<Record<string, unknown>>,
  expectedUpdatedAt: string,
): Promise<string> {
  const asked = Object.entries(input)
    .filter(([argument]) => argument !== unstorable && !aside.includes(argument))
    .map(([argument, value]) => [argument, spelled(value)] as const)
    .filter(([, value]) => !isLeftOut(value));
  return sha256(canonicalJson({ write: name, input: Object.fromEntries(asked), expectedUpdatedAt }));
}

/** One spelling of a value: a list in one order, a text without the blanks and code points that only look different. */
function spelled(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((item) => canonicalJson(spelled(item))))].sort();
  return typeof value === "string" ? value.normalize("NFKC").trim().replaceAll(/\s+/g, " ") : value;
}

/** An optional argument that is false or empty asks for what leaving it out asks for. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || value === false || value === "" || (Array.isArray(value) && value.length === 0);
}
