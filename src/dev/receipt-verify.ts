import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { PROOF_WORDS } from "../commerce/words.ts";
import { RECEIPT, type Receipt } from "../receipts/receipt.ts";
import { check } from "../signing/signed.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { checkAssertion } from "./local/check-assertion.ts";
import { runScript } from "./local/run-script.ts";
import { jsonOf, keySetAt, textOf } from "./local/verify-inputs.ts";

const USAGE = `npm run receipt:verify -- FILE --jwks FILE|URL [--assertion FILE] [--result FILE] [--json]

The server publishes the key set at /.well-known/commerce-receipts.json; with a copy in a file the check needs no
network. With --assertion, the file of what a passkey signed is checked against the receipt: hash, challenge, site, person
and signature. With --result, the answer that you kept is compared with the receipt too. --json prints the outcome for a program; the exit codes stay.`;

/**
 * `npm run receipt:verify`: prints what a receipt proves. Exit code 0: it is valid; 1: it is not, or could not be checked;
 * 2: a file could not be read, or the arguments are wrong. The keys are the caller's, never the receipt's: a forger would
 * name keys of their own.
 */
async function main(): Promise<number> {
  const { positionals, values } = readArguments(USAGE, {
    allowPositionals: true,
    options: {
      jwks: { type: "string" },
      assertion: { type: "string" },
      result: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [file, ...more] = positionals;
  if (!file || more.length > 0 || !values.jwks) throw misused("A receipt and a key set are needed.", USAGE);
  const verdict = await verdictOf({ file, jwks: values.jwks, assertion: values.assertion, result: values.result });
  if (values.json) process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
  else if (verdict.valid) process.stdout.write(inWords(verdict));
  else process.stderr.write(`NOT VALID. ${verdict.fault}\n`);
  return verdict.valid ? 0 : 1;
}

/** What was checked, and what it came to. `failed` names the check that did not hold. */
type Verdict =
  | { readonly valid: false; readonly failed: string; readonly fault: string }
  | {
      readonly valid: true;
      readonly kid: string;
      readonly receipt: Receipt;
      readonly checked: { readonly assertion: boolean; readonly result: boolean };
    };

interface Inputs {
  readonly file: string;
  readonly jwks: string;
  readonly assertion: string | undefined;
  readonly result: string | undefined;
}

async function verdictOf({ file, jwks, assertion, result }: Inputs): Promise<Verdict> {
  const checked = await check(RECEIPT, textOf(file), await keySetAt(jwks));
  if (checked.kind === "unproven") return { valid: false, failed: "receipt", fault: checked.fault };
  const { said: receipt, kid } = checked;
  if (assertion !== undefined) {
    const failed = await checkAssertion(receipt, jsonOf(textOf(assertion), assertion));
    if (failed)
      return { valid: false, failed: `assertion.${failed.check}`, fault: `The receipt is valid. ${failed.words}` };
  }
  if (result !== undefined && !(await isResult(receipt, result))) {
    const fault = `The receipt is valid, and the result in ${result} differs from it.`;
    return { valid: false, failed: "result", fault };
  }
  return { valid: true, kid, receipt, checked: { assertion: assertion !== undefined, result: result !== undefined } };
}

/** Compares a kept answer with the receipt: the whole answer, or its `result` alone. */
async function isResult(receipt: Receipt, path: string): Promise<boolean> {
  const kept = jsonOf(textOf(path), path);
  const inner = typeof kept === "object" && kept !== null && "result" in kept ? kept.result : undefined;
  const hashes = await Promise.all([kept, inner].map((value) => sha256(canonicalJson(value))));
  return hashes.includes(receipt.resultSha256);
}

function inWords({ receipt, kid, checked }: Extract<Verdict, { valid: true }>): string {
  const { confirmation, subject, clientHash } = receipt;
  return `VALID. Signed by ${receipt.iss} with the key ${kid}.

  What       ${receipt.write} on ${subject.id}, as it stood at ${subject.version}
  Text       ${confirmation.text}
  Confirmed  ${PROOF_WORDS[confirmation.proof]}
  Who        ${ACTORS[receipt.actorKind]} (${receipt.actorHash.slice(0, 16)}…)${clientHash === null ? "" : `, through the client ${clientHash.slice(0, 16)}…`}
  When       ${receipt.startedAt}, finished ${receipt.finishedAt}
  Operation  ${receipt.operationId}
  Arguments  sha256 ${receipt.argumentsSha256}
  Result     sha256 ${receipt.resultSha256}
${confirmation.assertionSha256 ? `  Passkey    ${checked.assertion ? "it signed for exactly this, on this site, with its person verified" : NOT_GIVEN}\n` : ""}${checked.result ? "The result in the file is that of the receipt.\n" : ""}`;
}

const NOT_GIVEN = "not checked here: its person downloads the second file, for --assertion";

const ACTORS = {
  oauth_client: "a signed-in person, through a connected app",
  owner_session: "the owner, signed in",
  account_session: "a signed-in person",
  buyer_post_purchase_page: "the buyer, by the return link of a checkout",
  stripe_webhook: "the payment provider",
  operator_cli: "the operator, on the command line",
  scheduled_run: "the server's own schedule",
} as const satisfies Record<Receipt["actorKind"], string>;

await runScript(main);
