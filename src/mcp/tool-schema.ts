import * as z from "zod";

type JsonObject = Record<string, unknown>;
type Direction = "input" | "output";
const leanSchemas = new WeakMap<z.ZodType, JsonObject>();

/** Keywords that only cost tokens in every session: the kernel names the rule that was broken. */
const LEFT_OUT: Readonly<Record<Direction, ReadonlySet<string>>> = {
  input: new Set([
    "$schema",
    "pattern",
    "propertyNames",
    "format",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "contentEncoding",
    "additionalProperties",
  ]),
  // For an answer, names and descriptions are enough.
  output: new Set([
    "$schema",
    "pattern",
    "propertyNames",
    "format",
    "minimum",
    "maximum",
    "enum",
    "const",
    "required",
    "additionalProperties",
  ]),
};

/** Longer enums are left out: the refusal of a wrong word lists them. */
const MAX_ENUM_VALUES = 8;

/** A schema as `tools/list` shows it. */
export function toolSchema(schema: z.ZodType, direction: Direction): JsonObject {
  const found = leanSchemas.get(schema) ?? lean(publishedSchema(schema, direction), LEFT_OUT[direction]);
  leanSchemas.set(schema, found);
  return found;
}

/** The whole schema, for authors of clients. */
export function publishedSchema(schema: z.ZodType, direction: Direction): JsonObject {
  return z.toJSONSchema(schema, { io: direction, unrepresentable: "any" }) as JsonObject;
}

function lean(node: JsonObject, leftOut: ReadonlySet<string>): JsonObject {
  const kept = Object.entries(node).filter(
    ([key, value]) => !leftOut.has(key) && !(key === "enum" && (value as unknown[]).length > MAX_ENUM_VALUES),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => {
      // Under `properties` the keys are field names, which may equal a keyword.
      if (key === "properties") return [key, mapValues(value as JsonObject, (field) => lean(field, leftOut))];
      // An item is described by its list.
      if (key === "items") return [key, lean({ ...(value as JsonObject), description: undefined }, leftOut)];
      return [key, leanValue(value, leftOut)];
    }),
  );
}

function leanValue(value: unknown, leftOut: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => leanValue(item, leftOut));
  return typeof value === "object" && value !== null ? lean(value as JsonObject, leftOut) : value;
}

function mapValues(fields: JsonObject, change: (field: JsonObject) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, change(field as JsonObject)]));
}
