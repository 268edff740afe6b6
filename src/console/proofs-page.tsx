import { sessionActor } from "../auth/session-actor.ts";
import { invalidInput } from "../base/problem.ts";
import type { MinimumProof } from "../db/minimum-proofs.ts";
import { minimumProofRows } from "../db/minimum-proofs.ts";
import { PROOFS } from "../db/schema/vocabulary.ts";
import { ActionForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { type ProofChange, setMinimumProofs } from "./set-minimum-proof.ts";

const CHOICES: Readonly<Record<MinimumProof, string>> = {
  argument: "the text in the call is enough",
  elicited: "asked through the person's app, which returns the text",
  approval_page: "typed by a person on this site",
  passkey: "confirmed by a person's passkey on this site",
};

/** For a write that can't wait for an approval, a higher proof leaves the console as the only way. */
const choiceWords = (proof: MinimumProof, approvable: false | undefined): string =>
  approvable === false && proof !== "argument"
    ? `${CHOICES[proof]}: then no app can do it, only you here`
    : CHOICES[proof];

/** The minimum proof of each write. No tool can set it, so no agent can lower it. */
export const proofsPage: ConsolePage = {
  path: "/owner/proofs",

  async show(visit, refusal) {
    const { ctx, writes } = visit.site;
    const { rows, business } = await readRows(visit, { rules: minimumProofRows(ctx) });
    const current = new Map(rows.rules.map(({ writeName, minimumProof }) => [writeName, minimumProof]));
    const proofOf = (name: string) => current.get(name) ?? "argument";
    const content = (
      <>
        <p>A model can type any sentence. Choose for each write the least proof that a person confirmed it.</p>
        {visit.fresh || (
          <ul>
            {writes.map(({ name, title, approvable }) => (
              <li>{`${title}: ${choiceWords(proofOf(name), approvable)}`}</li>
            ))}
          </ul>
        )}
        <ActionForm visit={visit} hidden={Object.fromEntries(writes.map(({ name }) => [`was.${name}`, proofOf(name)]))}>
          {writes.map(({ name, title, approvable }) => (
            <>
              <label for={`to.${name}`}>{title}</label>
              <select
                id={`to.${name}`}
                name={`to.${name}`}
                {...(approvable === false ? { "aria-describedby": `hint.${name}` } : {})}
              >
                {PROOFS.map((proof) => (
                  <option value={proof} selected={proofOf(name) === proof}>
                    {choiceWords(proof, approvable)}
                  </option>
                ))}
              </select>
              {approvable === false && (
                <small id={`hint.${name}`} class="soft">
                  A file can't wait for an approval. With any choice but the first, apps can't upload files at all: only
                  you can, in this console.
                </small>
              )}
            </>
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
    const changes = site.writes.flatMap(({ name }): ProofChange[] => {
      const to = fields.get(`to.${name}`);
      return to === null ? [] : [{ writeName: name, from: proofIn(fields.get(`was.${name}`)), to: proofIn(to) }];
    });
    await setMinimumProofs(changes, sessionActor(person, site.ctx), site.ctx);
    return `${visit.url.pathname}?done=saved`;
  },
};

function proofIn(word: string | null): MinimumProof {
  const proof = PROOFS.find((candidate) => candidate === word);
  if (!proof) throw invalidInput("proof", `must be one of ${PROOFS.join(", ")}`);
  return proof;
}
