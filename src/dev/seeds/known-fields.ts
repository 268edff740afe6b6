import type { z } from "zod";

/** What this file reads of a shape of zod's. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/** The names of the fields that a shape has at a path of its value. */
export function fieldsAt(shape: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const definition = shape._zod.def as unknown as Definition;
  const inner = definition.innerType ?? definition.in;
  if (inner) return fieldsAt(inner, path);
  if (definition.options) return definition.options.flatMap((option) => fieldsAt(option, path));
  const [key, ...rest] = path;
  if (definition.element) return key === undefined ? [] : fieldsAt(definition.element, rest);
  if (!definition.shape) return [];
  if (key === undefined) return Object.keys(definition.shape);
  const field = definition.shape[String(key)];
  return field ? fieldsAt(field, rest) : [];
}
