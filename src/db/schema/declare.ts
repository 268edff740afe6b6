import { getTableName } from "drizzle-orm";
import type { BuildExtraConfigColumns } from "drizzle-orm/column-builder";
import {
  type SQLiteColumnBuilderBase,
  type SQLiteTable,
  type SQLiteTableExtraConfigValue,
  sqliteTable,
} from "drizzle-orm/sqlite-core";
import { isInstant } from "./columns.ts";
import type { BusinessPart } from "./vocabulary.ts";

/**
 * Who may ever see a column.
 * - `public`: listed in source-data as public-safe, may stand in an output's allow-list.
 * - `private`: listed in source-data as server-private, never leaves the Worker.
 * - `internal`: in neither list; leaves the Worker only where a wire shape names it (as `updatedAt`).
 */
export type Visibility = "public" | "private" | "internal";

/** Private data that the published document lists for a table that has no column of it. */
interface PrivateLabel {
  readonly privateLabel: string;
}

type Declared = Record<string, SQLiteColumnBuilderBase | PrivateLabel>;
type ColumnsOf<T extends Declared> = {
  [K in keyof T as T[K] extends PrivateLabel ? never : K]: Extract<T[K], SQLiteColumnBuilderBase>;
};

/** What a table declares about itself beside its Drizzle columns; source-data and the allow-lists come from it. */
interface TableDeclaration {
  readonly name: string;
  /** Whether the table has an entry in the `tables` section of source-data. */
  readonly published: boolean;
  /** The part of the business that its rows belong to. Left out: to every business. */
  readonly part?: BusinessPart;
  readonly visibility: ReadonlyMap<string, Visibility>;
  /** Columns that hold an instant. */
  readonly instants: ReadonlySet<string>;
  /** Column names and private labels in their published order. */
  readonly publicFields: readonly string[];
  readonly privateFields: readonly string[];
}

const visibilityOf = new WeakMap<object, Visibility>();
const declarations = new Map<string, TableDeclaration>();

function mark<B extends SQLiteColumnBuilderBase>(builder: B, visibility: Visibility): B {
  visibilityOf.set(builder, visibility);
  return builder;
}

/** Declares a column public. */
export const pub = <B extends SQLiteColumnBuilderBase>(builder: B): B => mark(builder, "public");
/** Declares a column private. */
export const priv = <B extends SQLiteColumnBuilderBase>(builder: B): B => mark(builder, "private");
/** Declares a column internal. */
export const internal = <B extends SQLiteColumnBuilderBase>(builder: B): B => mark(builder, "internal");
/** Declares private data that has no column here, such as "raw click rows". */
export const label = (privateLabel: string): PrivateLabel => ({ privateLabel });

/**
 * A Drizzle table whose every column says who may see it.
 * Throws at start-up on a column without a declaration, so that none can be added without the decision.
 */
export function declareTable<N extends string, T extends Declared>(
  name: N,
  options: { published: boolean; part?: BusinessPart },
  declared: T,
  extra?: (self: BuildExtraConfigColumns<N, ColumnsOf<T>, "sqlite">) => SQLiteTableExtraConfigValue[],
) {
  const columns: Record<string, SQLiteColumnBuilderBase> = {};
  const visibility = new Map<string, Visibility>();
  const instants = new Set<string>();
  const publicFields: string[] = [];
  const privateFields: string[] = [];
  for (const [key, entry] of Object.entries(declared)) {
    if ("privateLabel" in entry) {
      privateFields.push(entry.privateLabel);
      continue;
    }
    const declaredAs = visibilityOf.get(entry);
    const column = columnName(entry);
    if (!declaredAs) throw new Error(`${name}.${column}: declare the column with pub(), priv() or internal()`);
    columns[key] = entry;
    visibility.set(column, declaredAs);
    if (isInstant(entry)) instants.add(column);
    if (declaredAs === "public") publicFields.push(column);
    if (declaredAs === "private") privateFields.push(column);
  }
  if (declarations.has(name)) throw new Error(`${name}: declared twice`);
  declarations.set(name, { name, ...options, visibility, instants, publicFields, privateFields });
  // `columns` holds every entry but the labels, which is ColumnsOf<T>; the compiler can't see that.
  return sqliteTable<N, ColumnsOf<T>>(name, columns as never, extra as never);
}

/** What a table declared. Throws for a table that was not made by declareTable. */
export function declarationOf(table: SQLiteTable): TableDeclaration {
  const found = declarations.get(getTableName(table));
  if (!found) throw new Error(`${getTableName(table)}: not declared`);
  return found;
}

/** Every declared table, in the order of declaration. */
export function tableDeclarations(): readonly TableDeclaration[] {
  return [...declarations.values()];
}

/** Drizzle keeps a builder's column name in its config, which its types hide. */
function columnName(builder: SQLiteColumnBuilderBase): string {
  const { config } = builder as unknown as { config: { name: string } };
  return config.name;
}
