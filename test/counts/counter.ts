import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { watchBucket } from "../support/watched-bucket.ts";
import type { Ran } from "../support/watched-database.ts";
import { watchStore } from "../support/watched-store.ts";
import { ORIGIN, type World, webhookRequest } from "../support/world.ts";

/** What one request, delivery or scheduled run costs. */
export interface Counts {
  /** The HTTP status; "done" for a scheduled run, which has no answer. */
  readonly answer: string;
  readonly trips: number;
  readonly statements: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly kvReads: number;
  readonly kvWrites: number;
  readonly r2: number;
  readonly stripe: number;
  /** Bytes of the answers' bodies, not compressed. */
  readonly bytes: number;
  /** Tokens (o200k_base) of what a model reads. */
  readonly tokens?: number;
}

/** A world whose bindings are watched, and what was counted in it. */
export type Counter = ReturnType<typeof openCounter>;

/** Watches the bindings of a world, and counts. */
export function openCounter(world: World, explained = false) {
  const store = watchStore(world.bindings.OAUTH_KV);
  const bucket = watchBucket(world.bindings.PRODUCT_ASSETS);
  world.restart({ OAUTH_KV: store.binding, PRODUCT_ASSETS: bucket.binding });
  world.database.weigh();
  const rows = new Map<string, Counts>();
  const statements = new Map<string, readonly Ran[]>();
  const plans = new Map<string, readonly string[]>();
  let bytes = 0;
  let status = "done";
  const send = async (request: Request): Promise<Response> => {
    const answer = await world.send(request);
    bytes += (await answer.clone().arrayBuffer()).byteLength;
    status = String(answer.status);
    return answer;
  };
  const stripeCalls = async () => (await world.sandbox.calls()).length;

  /** Counts what `run` costs, under a name. `read` answers the part of the answer that a model reads. */
  async function measure<T>(name: string, run: () => Promise<T>, read?: (answer: T) => string): Promise<T> {
    if (rows.has(name)) throw new Error(`${name} is counted twice`);
    const before = await stripeCalls();
    for (const watched of [world.database, store, bucket]) watched.reset();
    [bytes, status] = [0, "done"];
    const answer = await run();
    const ran = [...world.database.ran()];
    const counts = {
      answer: status,
      trips: world.database.trips(),
      statements: ran.length,
      rowsRead: world.database.rowsRead(),
      rowsWritten: ran.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
      kvReads: store.reads(),
      kvWrites: store.writes(),
      r2: bucket.calls().length,
      bytes,
      stripe: (await stripeCalls()) - before,
    };
    rows.set(name, read ? { ...counts, tokens: countTokens(averaged(read(answer))) } : counts);
    statements.set(name, ran);
    for (const { sql, values } of explained ? ran : []) {
      if (!plans.has(sql)) plans.set(sql, await planOf(world, sql, values));
    }
    return answer;
  }
  return {
    /** The world as its users reach it while they are measured. */
    world: {
      ...world,
      send,
      fetch: (path: string, init?: RequestInit) => send(new Request(new URL(path, ORIGIN), init)),
      post: (delivery: Parameters<typeof webhookRequest>[0]) => send(webhookRequest(delivery)),
    } as World,
    measure,
    rows: rows as ReadonlyMap<string, Counts>,
    /** The statements behind each row. */
    statements: statements as ReadonlyMap<string, readonly Ran[]>,
    /** SQLite's plan of each statement, by its SQL, explained right after it ran. */
    plans: plans as ReadonlyMap<string, readonly string[]>,
  };
}

async function planOf({ db }: World, sql: string, values: readonly unknown[]): Promise<readonly string[]> {
  if (/^\s*pragma/i.test(sql)) return [];
  const { results } = await db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/** A UUID and the token of a link that cost as many model tokens as one costs on average: 26 and 29. */
const UUID = "c0fa0512-798e-4bcb-a3e3-b83f14442e38";
const HEX = "fdd72f4c3f65f826df0e5794a5878c34529d488934bfc414039e52461da6ec0c";

/** The text with each random id replaced by one of average cost: the tokens of a single random id vary by five. */
function averaged(text: string): string {
  return (
    text
      // A copy that `multiplyPurchases` made has a number at its end.
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}([0-9a-f]{10})*(-\w+-\d+)*/g, UUID)
      .replaceAll(/cursor=[\w.~-]+/g, `cursor=${HEX}`)
      .replaceAll(/\b[0-9a-f]{32,64}\b/g, (found) => HEX.slice(0, found.length))
  );
}
