import { noSuch, Refusal } from "./errors.ts";
import { inMode, type Sandbox } from "./sandbox.ts";

/** What every stored object has. */
export interface Common {
  id: string;
  created: number;
}

/** One object as it was read; a change of it is refused when somebody else changed it since. */
export interface Stored<Body, Hidden> {
  body: Body;
  hidden: Hidden;
  revision: number;
}

/** A condition on a listed object: SQL over `objects`, and what it binds. */
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

/** The stored objects of one kind. A new resource declares one of these and has storage, lists and 404s. */
export function collection<Body extends Common, Hidden>(object: string, urlName = object) {
  type Item = Stored<Body, Hidden>;

  /** Rows of this kind are only ever written by `insert` and `replace` below, from these types. */
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

  return {
    find,

    /** The object, or Stripe's 404. */
    async require(sandbox: Sandbox, id: string, param: string): Promise<Item> {
      const found = await find(sandbox, id);
      if (found === null) throw noSuch(object, id, param);
      return found;
    },

    /** The sandbox in the mode of this object, for those who come without a key; or the 404. */
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

    /** Changes an object; the whole batch aborts when it is no longer at the revision that was read. Once per batch and object. */
    replace({ db }: Sandbox, read: Item, body: Body, hidden: Hidden = read.hidden): D1PreparedStatement[] {
      return [
        db
          .prepare("UPDATE objects SET body = ?, hidden = ?, revision = revision + 1 WHERE id = ? AND revision = ?")
          .bind(JSON.stringify(body), JSON.stringify(hidden), body.id, read.revision),
        db.prepare("INSERT INTO guards (changed) VALUES (changes())"),
      ];
    },

    /** Every object of both modes that meets the condition, oldest first. */
    async all({ db }: Sandbox, filter: Filter): Promise<Item[]> {
      const { results } = await db
        .prepare(`SELECT id, body, hidden, revision FROM objects WHERE object = ? AND ${filter.sql} ORDER BY position`)
        .bind(object, ...filter.values)
        .all<Row>();
      return results.map(read);
    },

    /** One page as Stripe lists it: newest first, `has_more`, cursors by id. */
    async page(sandbox: Sandbox, page: Page, filters: Filter[]) {
      if (page.starting_after !== undefined && page.ending_before !== undefined) {
        throw new Refusal(400, {
          type: "invalid_request_error",
          code: "parameters_exclusive",
          message: "You may only specify one of these parameters: ending_before, starting_after.",
        });
      }
      const limit = page.limit ?? 10;
      const backwards = page.ending_before !== undefined;
      const conditions = [...filters, ...createdBetween(page.created)];
      for (const param of ["starting_after", "ending_before"] as const) {
        const id = page[param];
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
    },
  };
}

/** A filter on a field of the public body; null when the parameter was not sent. `path` is ours, never the caller's. */
export function whereBody(path: string, value: string | undefined): Filter[] {
  return value === undefined ? [] : [{ sql: `json_extract(body, '$.${path}') = ?`, values: [value] }];
}

/** Stripe's list envelope. */
export function listOf<T>(url: string, data: T[], hasMore: boolean) {
  return { object: "list" as const, url, has_more: hasMore, data };
}

function createdBetween(created: Page["created"]): Filter[] {
  const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
  return (["gt", "gte", "lt", "lte"] as const).flatMap((bound) => {
    const value = created?.[bound];
    return value === undefined ? [] : [{ sql: `created ${operators[bound]} ?`, values: [value] }];
  });
}
