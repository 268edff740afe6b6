import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { PROOF_WORDS } from "../commerce/words.ts";
import { RECEIPT, type Receipt } from "../receipts/receipt.ts";
import { check } from "../signing/signed.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { runScript, ScriptError } from "./local/run-script.ts";
import { jsonOf, keySetAt, textOf } from "./local/verify-inputs.ts";

const USAGE = `npm run receipt:verify -- FILE --jwks FILE|URL [--result FILE]

The server publishes the key set at /.well-known/commerce-receipts.json; with a copy in a file the check needs no
network. With --result, the answer that you kept is compared with the receipt too.`;

/**
 * `npm run receipt:verify`: prints what a receipt proves. Exit code 0: it is valid; 1: it is not, or could not be checked;
 * 2: a file could not be read, or the arguments are wrong. The keys are the caller's, never the receipt's: a forger would
 * name keys of their own.
 */
async function main(): Promise<undefined> {
  const { positionals, values } = readArguments(USAGE, {
    allowPositionals: true,
    options: { jwks: { type: "string" }, result: { type: "string" } },
  });
  const [file, ...more] = positionals;
  if (!file || more.length > 0 || !values.jwks) throw misused("A receipt and a key set are needed.", USAGE);
  const checked = await check(RECEIPT, textOf(file), await keySetAt(values.jwks));
  if (checked.kind === "unproven") throw new ScriptError(`NOT VALID. ${checked.fault}`);
  const { said: receipt, kid } = checked;
  const result = values.result === undefined ? undefined : await assertResult(receipt, values.result);
  process.stdout.write(`${inWords(receipt, kid)}${result ?? ""}`);
}

/** Compares a kept answer with the receipt: the whole answer, or its `result` alone. */
async function assertResult(receipt: Receipt, path: string): Promise<string> {
  const kept = jsonOf(textOf(path), path);
  const inner = typeof kept === "object" && kept !== null && "result" in kept ? kept.result : undefined;
  for (const value of [kept, inner]) {
    if ((await sha256(canonicalJson(value))) === receipt.resultSha256)
      return "The result in the file is that of the receipt.\n";
  }
  throw new ScriptError(`NOT VALID. The receipt is valid, and the result in ${path} differs from it.`);
}

function inWords(receipt: Receipt, kid: string): string {
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
`;
}

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
