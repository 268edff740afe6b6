import { isReply, settledReply, triedText } from "../run.ts";
import { grouped, type Invariant, repeated } from "./invariant.ts";

/** The rows that are an effect of an operation: one each. */
const EFFECTS = [
  "checkout_intents",
  "checkout_post_purchase_decisions",
  "affiliate_commission_ledger_entries",
  "affiliate_commission_ledger_actions",
  "product_asset_uploads",
  "product_entitlement_revocation_intents",
] as const;

/** P1: the same key and arguments have one effect, and the same answer from then on. */
export const sameKey: Invariant = {
  id: "P1",
  says: "same key, same arguments: one effect, the same answer",
  broken({ run, witness: { rows } }) {
    const twice = EFFECTS.flatMap((table) =>
      repeated(rows[table], (row) => String(row.operation_id)).map(
        ([operation, group]) => `${table}: ${group.length} rows of ${operation}`,
      ),
    );
    const keys = repeated(rows.operations, (row) => `${row.actor_id} ${row.idempotency_key}`).map(
      ([key, group]) => `${group.length} operations of ${key}`,
    );
    const differing = [...grouped(run.calls, ({ key }) => key)].flatMap(([key, calls]) => {
      const first = calls.map(settledReply).find((reply) => reply && reply.code === undefined);
      const results = calls.flatMap(({ tries }) =>
        tries.filter(isReply).flatMap(({ code, body }) => (code === undefined ? [JSON.stringify(body.result)] : [])),
      );
      const replays = run.replayed.filter(({ call }) => call.key === key).map(({ reply }) => reply);
      const bad = replays.filter(
        ({ body, code }) =>
          code !== undefined || body.replayed !== true || body.operationId !== first?.body.operationId,
      );
      const all = new Set([...results, ...replays.map(({ body }) => JSON.stringify(body.result))]);
      return [
        ...(all.size > 1 ? [`${key} was answered in ${all.size} ways: ${[...all].join(" / ")}`] : []),
        ...bad.map((reply) => `${key}: the replay is ${triedText(reply)}`),
      ];
    });
    return [...twice, ...keys, ...differing];
  },
};

/** P2: a used key with other arguments is refused, and nothing is written. */
export const otherArguments: Invariant = {
  id: "P2",
  says: "same key, other arguments: refused, nothing written",
  broken({ run: { otherArguments: probe } }) {
    if (!probe) return [];
    return [
      ...(probe.code === "idempotency_conflict" ? [] : [`the answer is ${probe.code ?? "a success"}`]),
      ...(probe.written.length > 0 ? [`it wrote ${probe.written.join(", ")}`] : []),
    ];
  },
};

/** P3: of all calls with one key, one does it; of calls that quote one version of a subject that they advance, one. */
export const oneWinner: Invariant = {
  id: "P3",
  says: "many at once: one winner",
  broken({ run, witness: { rows } }) {
    const winners = [...grouped(run.calls, ({ key }) => key)].flatMap(([key, calls]) => {
      const won = calls.flatMap(({ tries }) => tries.filter(isReply).filter(({ body }) => body.replayed === false));
      return won.length > 1 ? [`${key}: ${won.length} calls did it`] : [];
    });
    const advancing = rows.operations.filter(
      ({ status, write_name }) => status === "succeeded" && !/^start_|^upload_/.test(String(write_name)),
    );
    const versions = repeated(advancing, (row) => `${row.subject_id} ${row.subject_updated_at}`).map(
      ([version, group]) => `${group.length} writes advanced ${version}`,
    );
    return [...winners, ...versions];
  },
};
