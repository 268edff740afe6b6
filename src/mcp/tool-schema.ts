import * as z from "zod";

type JsonObject = Record<string, unknown>;
const known = new WeakMap<z.ZodType, JsonObject>();

/**
 * A schema as `tools/list` shows it. Whatever costs tokens and tells a model nothing is left out: the dialect,
 * patterns and the bounds of safe integers.
 */
export function toolSchema(schema: z.ZodType, direction: "input" | "output"): JsonObject {
  const found =
    known.get(schema) ?? lean(z.toJSONSchema(schema, { io: direction, unrepresentable: "any" }) as JsonObject);
  known.set(schema, found);
  return found;
}

function lean(node: JsonObject): JsonObject {
  const kept = Object.entries(node).filter(([key, value]) => {
    if (key === "$schema" || key === "pattern" || key === "propertyNames") return false;
    if (key === "maximum" || key === "minimum") return Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER;
    return !(key === "format" && value === "date-time");
  });
  return Object.fromEntries(kept.map(([key, value]) => [key, leanValue(value)]));
}

function leanValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(leanValue);
  return typeof value === "object" && value !== null ? lean(value as JsonObject) : value;
}
