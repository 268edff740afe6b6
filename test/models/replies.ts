import { expect } from "vitest";
import type { Reply } from "../support/doors.ts";

/** Expects a refusal with this code, or none. */
export function expectCode(answer: Reply, code: string | undefined): void {
  expect(answer.code, answer.text).toBe(code);
}

/** The result of a success. The cast holds: each write's own tests compare its result with its schema. */
export const resultIn = <T>({ body }: Reply): T => body.result as T;
