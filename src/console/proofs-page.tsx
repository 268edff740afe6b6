import { sessionActor } from "../auth/session-actor.ts";
import { invalidInput } from "../base/problem.ts";
import { REVIEW_ACTION_WORDS, RISK_WORDS } from "../commerce/words.ts";
import { minimumProofRows, ownerPasskey } from "../db/minimum-proofs.ts";
import { PROOFS, type Proof } from "../db/schema/vocabulary.ts";
import { isOwnerScope } from "../kernel/actor.ts";
import { isEnough, type ProofRule } from "../kernel/risk.ts";
import { ActionForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { type ProofChange, type RuleOfWrite, rulesOf, setMinimumProofs } from "./set-minimum-proof.ts";

/** Who is asked what under each proof. The place of the person is taken by the owner, or by the buyer. */
const CHOICES: Readonly<Record<Proof, (person: "you" | "the buyer") => string>> = {
  argument: () => "The exact text in the app's call is enough. No person is asked: a model can type any text.",
  elicited: (person) =>
    `The app asks ${person} in a form, and returns the exact text. An app that can't ask gets a link to this site.`,
  approval_page: (person) => `The app gets a link, and ${person} alone can confirm: on this site, by typing the text.`,
  passkey: (person) => `The app gets a link, and ${person} alone can confirm: on this site, with a passkey.`,
};

/** The least proof of each rule. No tool can set it, so no agent can lower it. */
export const proofsPage: ConsolePage = {
  path: "/owner/proofs",

  async show(visit, refusal) {
    const { ctx, writes } = visit.site;
    const queries = { rules: minimumProofRows(ctx), passkey: ownerPasskey(ctx) };
    const { rows, business } = await readRows(visit, queries);
    const current = new Map(rows.rules.map(({ writeName, minimumProof }) => [writeName, minimumProof]));
    const shown = rulesOf(writes).map((of) => ({ ...of, now: current.get(of.rule.name) ?? of.rule.least }));
    const hidden = Object.fromEntries(shown.map(({ rule, now }) => [`was.${rule.name}`, now]));
    const content = (
      <>
        <p>
          Each write has a least proof that a person confirmed it. A call without that proof is refused, and the app
          gets a link to this site, where the person decides.
        </p>
        <p>
          A form in the app is the app's word that a person answered. No model can give that word; a program that runs
          without a person could.
        </p>
        <p class="soft">
          A limit that a person set for an app, and a no of the last 24 hours, ask for this site whatever is chosen
          here.
        </p>
        {rows.passkey.length === 0 && (
          <p>
            You have no passkey: <a href="/account/passkeys">add one</a> before you ask yourself for it.
          </p>
        )}
        {visit.fresh || shown.map((of) => <Today {...of} />)}
        <ActionForm visit={visit} hidden={hidden}>
          {shown.map((of) => (
            <Choice {...of} hasPasskey={rows.passkey.length > 0} />
          ))}
          <div class="actions">
            <button type="submit" class="primary">
              Save
            </button>
          </div>
        </ActionForm>
      </>
    );
    return consolePage(visit, { title: "Confirmation rules", business, content, refusal });
  },

  async submit({ fields }, visit) {
    const { person, site } = visit;
    const changes = rulesOf(site.writes).flatMap((of): ProofChange[] => {
      const to = fields.get(`to.${of.rule.name}`);
      return to === null ? [] : [{ ...of, from: proofIn(fields.get(`was.${of.rule.name}`)), to: proofIn(to) }];
    });
    await setMinimumProofs(changes, sessionActor(person, site.ctx), site.ctx);
    return `${visit.url.pathname}?done=saved`;
  },
};

type Shown = RuleOfWrite & { readonly now: Proof };

const personOf = ({ write }: RuleOfWrite) => (isOwnerScope(write.scope) ? "you" : "the buyer");

/** The title of a write, with its actions where the rule is for some of them. */
const titleOf = ({ write, rule }: RuleOfWrite): string =>
  rule.actions.length === 0 ? write.title : `${write.title}: ${rule.actions.map(actionWords).join(", ")}`;

function actionWords(action: string): string {
  return Object.hasOwn(REVIEW_ACTION_WORDS, action)
    ? REVIEW_ACTION_WORDS[action as keyof typeof REVIEW_ACTION_WORDS]
    : action.replaceAll("_", " ");
}

const riskText = ({ risk }: ProofRule): string => `It ${RISK_WORDS[risk]}.`;

/** What a rule asks today, where nothing can be chosen. */
function Today(of: Shown) {
  return (
    <>
      <h2>{titleOf(of)}</h2>
      <p>{`${riskText(of.rule)} ${CHOICES[of.now](personOf(of))}`}</p>
    </>
  );
}

/** A rule with its four choices: who is asked what under each, and whether that is more or less than today. */
function Choice({ hasPasskey, ...of }: Shown & { hasPasskey: boolean }) {
  const { rule, now } = of;
  const person = personOf(of);
  const needs = person === "you" ? "You need a passkey first." : "Each buyer then needs a passkey.";
  return (
    <fieldset>
      <legend>{titleOf(of)}</legend>
      <small class="soft">{riskText(rule)}</small>
      {PROOFS.map((proof) => (
        <label class="choice">
          <input type="radio" name={`to.${rule.name}`} value={proof} checked={proof === now} />
          <span>
            <strong>{`${changeWords(proof, now)}${proof === rule.least ? " (as it begins)" : ""}`}</strong>{" "}
            {CHOICES[proof](person)}
            {proof === "passkey" && !(person === "you" && hasPasskey) && ` ${needs}`}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function changeWords(proof: Proof, now: Proof): string {
  if (proof === now) return "As today";
  return isEnough(proof, now) ? "More than today" : "Less than today";
}

function proofIn(word: string | null): Proof {
  const proof = PROOFS.find((candidate) => candidate === word);
  if (!proof) throw invalidInput("proof", `must be one of ${PROOFS.join(", ")}`);
  return proof;
}
