import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { maskedAddress } from "../base/masked-address.ts";
import { declaredName, quotedText, shortName } from "../pages/untrusted-text.ts";
import type { ConfirmedWrite, QuestionLine, Subject } from "./confirmed-write.ts";
import { MODE_WORDS } from "./mode-words.ts";
import type { Stage } from "./run.ts";

/** The person that a call is for, and their app's name as they connected it. */
export interface Asker {
  readonly email: string;
  readonly clientName: string | null;
}

/**
 * The lines of the question that a call puts to a person, the same in a form of their client, in the panel and on our page:
 * who asks and for whom, where, in which mode, and then what the write itself says. Each is one line, so that a text of
 * others can't imitate another; a quoted text is shown on our page alone.
 */
export function questionLines(
  write: ConfirmedWrite,
  about: Stage & { readonly subject: Subject },
  asker: Asker | undefined,
): readonly QuestionLine[] {
  const { actor, business } = about;
  const declared = declaredName(actor.clientDeclared);
  const mode = "leftOut" in write.mode ? undefined : write.mode(about);
  const lines: readonly QuestionLine[] = [
    { label: "Asked by", value: actor.clientId === null ? "you, on this site" : programName(asker) },
    // The app may call itself otherwise with the next call: that is no other question.
    ...(declared && actor.clientId !== null
      ? [{ label: "Calls itself, unverified", value: shortName(declared), passing: true } as const]
      : []),
    { label: "For the account", value: asker ? maskedAddress(asker.email) : "one that is gone" },
    { label: "Business", value: business.name },
    ...(mode ? [{ label: "Kind of payment", value: MODE_WORDS[mode] }] : []),
    ...write.questionLines(about),
  ];
  return lines.map((line) => (line.quoted ? line : { ...line, value: onOneLine(line.value) }));
}

/** Blanks of every kind become one: a row of them would push what follows to where another line begins. */
const onOneLine = (value: string): string => quotedText(value.replaceAll(/[\p{Z}\s]+/gu, " "));

const programName = (asker: Asker | undefined) => shortName(asker?.clientName ?? "") || "a disconnected app";

/** The hash of lines, as a form carries it back and as an approval is bound to it. */
export function linesSha256(lines: readonly QuestionLine[]): Promise<string> {
  return sha256(canonicalJson(lines.map(({ label, value }) => [label, value])));
}
