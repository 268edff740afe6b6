import worker from "../../../src/worker.ts";

/** A statement as it was sent to D1. */
interface Sent {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What the recorder answers: the answer of our Worker, and each round trip that it made to D1 for it. */
export interface Recording {
  readonly trips: readonly (readonly Sent[])[];
  readonly answer: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
}

type Bindings = Parameters<typeof worker.fetch>[1];

let trips: Sent[][] = [];
const behind = new WeakMap<object, { readonly original: D1PreparedStatement; readonly sent: Sent }>();

/** The statement that notes itself where it runs alone. */
function recorded(original: D1PreparedStatement, sent: Sent): D1PreparedStatement {
  const proxy = new Proxy(original, {
    get(target, property) {
      if (property === "bind") {
        return (...values: unknown[]) => recorded(target.bind(...values), { ...sent, values });
      }
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        trips.push([sent]);
        return Reflect.apply(member, target, args);
      };
    },
  });
  behind.set(proxy, { original, sent });
  return proxy;
}

function recordedDatabase(real: D1Database): D1Database {
  return new Proxy(real, {
    get(target, property) {
      if (property === "prepare") return (sql: string) => recorded(target.prepare(sql), { sql, values: [] });
      if (property === "batch") {
        return (statements: D1PreparedStatement[]) => {
          const known = statements.map((statement) => behind.get(statement));
          trips.push(known.flatMap((one) => one?.sent ?? []));
          return target.batch(known.flatMap((one) => one?.original ?? []));
        };
      }
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

let recording: Bindings | undefined;

/** Our Worker, which tells beside each answer what it asked of D1. One request at a time. */
export default {
  async fetch(request, bindings, execution) {
    recording ??= { ...bindings, DB: recordedDatabase(bindings.DB) };
    trips = [];
    const answer = await worker.fetch(request, recording, execution);
    const told: Recording = {
      trips,
      answer: { status: answer.status, headers: [...answer.headers], body: await answer.text() },
    };
    return Response.json(told);
  },
} satisfies ExportedHandler<Bindings>;
