import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../../src/dev/local/root.ts";

const json = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), "utf8"));

/** Definition `Input`: what a person is asked for. */
const input = z.strictObject({
  description: z.string(),
  isRequired: z.boolean(),
  format: z.enum(["string", "number", "boolean", "filepath"]),
  placeholder: z.string(),
});

/** Definition `RemoteTransport`: the address is a template, and each name in braces is one of its variables. */
const remote = z
  .strictObject({
    type: z.literal("streamable-http"),
    url: z.string().regex(/^https?:\/\/[^\s]+$/),
    variables: z.record(z.string(), input),
  })
  .refine(({ url, variables }) => {
    const named = [...url.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    return JSON.stringify(named.toSorted()) === JSON.stringify(Object.keys(variables).toSorted());
  }, "each variable of the address is declared, and no other");

/**
 * The rules of the registry's schema for the members that we use: modelcontextprotocol/registry,
 * docs/reference/server-json, release 2025-12-11, definition `ServerDetail`, and official-registry-requirements.md.
 */
const entry = z.strictObject({
  $schema: z.literal("https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  // One exact version: ranges and `latest` are refused.
  version: z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/),
  remotes: z.array(remote).min(1),
});

test("the registry's entry keeps the rules of its schema, and has the version of the package", () => {
  const parsed = entry.parse(json("server.json"));
  expect(parsed.version).toBe((json("package.json") as { version: string }).version);
});

test("the address of the entry is the endpoint with sign-in, once its variable is filled in", () => {
  const [{ url }] = entry.parse(json("server.json")).remotes as [z.output<typeof remote>];
  expect(url.replace("{host}", "shop.example")).toBe("https://shop.example/mcp");
});

test.each([
  ["a description over 100 characters", { description: "x".repeat(101) }],
  ["a name without a namespace", { name: "commerce" }],
  ["a range of versions", { version: "^0.1.0" }],
  [
    "an address with an undeclared variable",
    { remotes: [{ type: "streamable-http", url: "https://{shop}/mcp", variables: {} }] },
  ],
])("%s breaks a rule", (_, change) => {
  expect(entry.safeParse({ ...(json("server.json") as object), ...change }).success).toBe(false);
});
