import { noSuch, refused } from "./errors.ts";
import { inMode, type Sandbox } from "./sandbox.ts";

/** The fields that every stored object has. */
interface Common {
  id: string;
  created: number;
}

/** An object as it was read. A write compares `revision`, and is refused when another change came in between. */
export interface Stored<Body, Hidden> {
  body: Body;
  hidden: Hidden;
  revision: number;
}

/** A condition on stored objects: SQL over the table `objects`, and the values that it binds. */
export interface Filter {
  sql: string;
  values: (string | number)[];
}

/** The parameters of Stripe's lists. */
export interface Page {
  limit: number | undefined;
  starting_after: string | undefined;
  ending_before: string | undefined;
  created?: { gt?: number; gte?: number; lt?: number; lte?: number } | undefined;
}

interface Row {
  id: string;
  body: string;
  hidden: string;
  revision: number;
}

/** The stored objects of one kind: storage, lists and 404s. Each resource declares one. */
export function collection<Body extends Common, Hidden>(object: string, urlName = object) {
  type Item = Stored<Body, Hidden>;

  /** The casts hold: only `insert` and `replace` below write rows of this kind, from these types. */
  const read = (row: Row): Item => ({
    body: JSON.parse(row.body) as Body,
    hidden: JSON.parse(row.hidden) as Hidden,
    revision: row.revision,
  });

  const find = async ({ db, livemode }: Sandbox, id: string): Promise<Item | null> => {
    const row = await db
      .prepare("SELECT id, body, hidden, revision FROM objects WHERE id = ? AND object = ? AND livemode = ?")
      .bind(id, object, Number(livemode))
      .first<Row>();
    return row && read(row);
  };

  /** One page in Stripe's order, the newest object first; the cursors are ids. */
  const page = async (sandbox: Sandbox, parameters: Page, filters: Filter[]) => {
    if (parameters.starting_after !== undefined && parameters.ending_before !== undefined) {
      throw refused(
        "You may only specify one of these parameters: ending_before, starting_after.",
        "parameters_exclusive",
      );
    }
    const limit = parameters.limit ?? 10;
    const backwards = parameters.ending_before !== undefined;
    const conditions = [...filters, ...createdBetween(parameters.created)];
    for (const param of ["starting_after", "ending_before"] as const) {
      const id = parameters[param];
      if (id === undefined) continue;
      if ((await find(sandbox, id)) === null) throw noSuch(object, id, param);
      conditions.push({
        sql: `(created, position) ${backwards ? ">" : "<"} (SELECT created, position FROM objects WHERE id = ?)`,
        values: [id],
      });
    }
    const order = backwards ? "ASC" : "DESC";
    const { results } = await sandbox.db
      .prepare(
        `SELECT id, body, hidden, revision FROM objects
         WHERE object = ? AND livemode = ? ${conditions.map(({ sql }) => `AND ${sql}`).join(" ")}
         ORDER BY created ${order}, position ${order} LIMIT ?`,
      )
      .bind(object, Number(sandbox.livemode), ...conditions.flatMap(({ values }) => values), limit + 1)
      .all<Row>();
    const items = results.slice(0, limit).map(read);
    return { items: backwards ? items.reverse() : items, hasMore: results.length > limit, url: `/v1/${urlName}` };
  };

  return {
    find,
    page,

    /** One page in Stripe's list envelope. */
    async list(sandbox: Sandbox, parameters: Page, filters: Filter[]) {
      const { items, hasMore, url } = await page(sandbox, parameters, filters);
      return listOf(
        url,
        items.map(({ body }) => body),
        hasMore,
      );
    },

    /** The object, or Stripe's 404. */
    async require(sandbox: Sandbox, id: string, param: string): Promise<Item> {
      const found = await find(sandbox, id);
      if (found === null) throw noSuch(object, id, param);
      return found;
    },

    /** The sandbox in the mode of the object, for control calls, which have no key; or the 404. */
    async modeOf(sandbox: Sandbox, id: string): Promise<Sandbox> {
      for (const livemode of [false, true]) {
        const mode = inMode(sandbox, livemode);
        if ((await find(mode, id)) !== null) return mode;
      }
      throw noSuch(object, id, "id");
    },

    /** Adds an object, in the sandbox's mode. */
    insert({ db, livemode }: Sandbox, body: Body, hidden: Hidden): D1PreparedStatement[] {
      return [
        db
          .prepare("INSERT INTO objects (id, object, livemode, created, body, hidden) VALUES (?, ?, ?, ?, ?, ?)")
          .bind(body.id, object, Number(livemode), body.created, JSON.stringify(body), JSON.stringify(hidden)),
      ];
    },

    /** Changes an object. The batch aborts when its revision is another than the one read; at most one `replace` of an object per batch. */
    replace({ db }: Sandbox, read: Item, body: Body, hidden: Hidden = read.hidden): D1PreparedStatement[] {
      return [
        db
          .prepare("UPDATE objects SET body = ?, hidden = ?, revision = revision + 1 WHERE id = ? AND revision = ?")
          .bind(JSON.stringify(body), JSON.stringify(hidden), body.id, read.revision),
        db.prepare("INSERT INTO guards (changed) VALUES (changes())"),
      ];
    },

    /** Every object of both modes, or those that meet the condition, oldest first. */
    async all({ db }: Sandbox, filter: Filter = { sql: "TRUE", values: [] }): Promise<Item[]> {
      const { results } = await db
        .prepare(`SELECT id, body, hidden, revision FROM objects WHERE object = ? AND ${filter.sql} ORDER BY position`)
        .bind(object, ...filter.values)
        .all<Row>();
      return results.map(read);
    },
  };
}

/** A filter on a field of the public body; empty when the parameter was not sent. `path` goes into the SQL: never pass input. */
export function whereBody(path: string, value: string | undefined): Filter[] {
  return value === undefined ? [] : [{ sql: `json_extract(body, '$.${path}') = ?`, values: [value] }];
}

/** Stripe's list envelope. */
export function listOf<T>(url: string, data: T[], hasMore: boolean) {
  return { object: "list" as const, url, has_more: hasMore, data };
}

/** One page of items that an object holds in their own order. The cursor is forward only. */
export function pageOf<T extends { id: string }>(url: string, all: readonly T[], parameters: Page) {
  if (parameters.ending_before !== undefined) {
    throw refused("The Stripe sandbox does not simulate ending_before for the items of an object.");
  }
  const { limit = 10, starting_after } = parameters;
  const after = starting_after === undefined ? 0 : all.findIndex(({ id }) => id === starting_after) + 1;
  if (starting_after !== undefined && after === 0) throw noSuch("line item", starting_after, "starting_after");
  return listOf(url, all.slice(after, after + limit), all.length > after + limit);
}

function createdBetween(created: Page["created"]): Filter[] {
  const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
  return (["gt", "gte", "lt", "lte"] as const).flatMap((bound) => {
    const value = created?.[bound];
    return value === undefined ? [] : [{ sql: `created ${operators[bound]} ?`, values: [value] }];
  });
}
