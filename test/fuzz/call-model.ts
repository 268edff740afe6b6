/** A call of a write as its caller makes it. */
export interface MadeCall {
  readonly person: string;
  readonly key: string;
  readonly write: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly version: string;
  readonly text: string;
}

/** What a caller knows of the subject: its version, its exact sentence, and whether anything was done to it. */
export interface KnownSubject {
  readonly version: string;
  readonly text: string;
  readonly touched: boolean;
  /** Whether it is there for this person. */
  readonly theirs: boolean;
}

/** What may come of a call: the stored answer, a refusal with one of these codes, or an effect. */
export type Expected =
  | { readonly replay: string }
  | { readonly refused: readonly string[] }
  | { readonly effect: "must" | "may"; readonly refused: readonly string[] };

/** What is remembered of a key that something was done under. */
export interface Remembered {
  readonly call: MadeCall;
  readonly operationId: string;
  /** The answer as it is given back, byte for byte. */
  readonly replay: string;
}

export type CallModel = ReturnType<typeof createCallModel>;

/**
 * The whole of what is promised of keys, in plain code that shares nothing with the server: a key is one person's and
 * for one call; a repeat gets the answer again; a refused call has no effect and leaves the key free.
 */
export function createCallModel() {
  const known = new Map<string, Remembered>();
  const place = ({ person, key }: Pick<MadeCall, "person" | "key">) => `${person} ${key}`;
  const same = (one: MadeCall, other: MadeCall) =>
    one.write === other.write &&
    one.version === other.version &&
    JSON.stringify(sorted(one.args)) === JSON.stringify(sorted(other.args));

  return {
    expected(call: MadeCall, subject: KnownSubject): Expected {
      const before = known.get(place(call));
      if (before) return same(before.call, call) ? { replay: before.replay } : { refused: ["idempotency_conflict"] };
      if (!subject.theirs) return { refused: ["not_found"] };
      if (call.text !== subject.text) return { refused: ["confirmation_mismatch"] };
      if (call.version !== subject.version) return { refused: ["stale_state"] };
      return subject.touched ? { effect: "may", refused: ["ineligible_state"] } : { effect: "must", refused: [] };
    },
    /** Notes what was done under a key. Throws where something was done under it before. */
    remember(call: MadeCall, operationId: string, answer: string): void {
      if (known.has(place(call))) throw new Error(`a second effect under ${call.key}`);
      known.set(place(call), { call, operationId, replay: answer.replace('"replayed":false', '"replayed":true') });
    },
    of: (call: Pick<MadeCall, "person" | "key">) => known.get(place(call)),
    all: (): readonly Remembered[] => [...known.values()],
  };
}

const sorted = (args: Readonly<Record<string, unknown>>) =>
  Object.entries(args).sort(([left], [right]) => (left < right ? -1 : 1));
