import * as z from "zod";

/** A part of the document. */
export type Json = Readonly<Record<string, unknown>>;

/** The bounds that every safe integer has. They tell nothing, and code generators take them for a wish for big numbers. */
const SAFE = new Set<unknown>([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

/**
 * A shape as a schema of OpenAPI 3.1, which is JSON Schema 2020-12. Answers are published open: a client that refuses a
 * member it does not know would break with the next version. A request with an unknown argument is refused, and says so.
 */
export function openApiSchema(shape: z.ZodType, direction: "input" | "output"): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, {
    io: direction,
    unrepresentable: "any",
    override({ jsonSchema }) {
      const schema = jsonSchema as Record<string, unknown>;
      // Only tells that the names of a record are text.
      delete schema.propertyNames;
      if (direction === "output" && schema.additionalProperties === false) delete schema.additionalProperties;
      for (const bound of ["minimum", "maximum"]) if (SAFE.has(schema[bound])) delete schema[bound];
    },
  });
  return schema;
}
