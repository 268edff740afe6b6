import type { AllowedDifference } from "./allowed-differences.ts";

/** How `actual` differs from `expected` in keys, values and their order, but for what is allowed. One line each. */
export function differences(expected: unknown, actual: unknown, allowed: readonly AllowedDifference[]): string[] {
  const kinds = new Map(allowed.map(({ path, kind }) => [path, kind]));
  const found: string[] = [];
  walk(expected, actual, "");
  return found;

  function walk(left: unknown, right: unknown, path: string): void {
    if (kinds.get(path) === "any" && right !== undefined && typeof left === typeof right) return;
    if (Array.isArray(left) && Array.isArray(right)) walkArray(left, right, path);
    else if (isObject(left) && isObject(right)) walkObject(left, right, path);
    else if (!Object.is(left, right)) found.push(`${path}: ${shown(left)} became ${shown(right)}`);
  }

  function walkArray(left: readonly unknown[], right: readonly unknown[], path: string): void {
    for (const [index, value] of left.entries()) walk(value, right[index], `${path}[${index}]`);
    if (right.length > left.length && kinds.get(path) !== "appended") {
      found.push(`${path}: ${right.length - left.length} entries appended`);
    }
  }

  function walkObject(left: Record<string, unknown>, right: Record<string, unknown>, path: string): void {
    const at = (key: string) => (path === "" ? key : `${path}.${key}`);
    const added = Object.keys(right).filter((key) => !Object.hasOwn(left, key));
    for (const key of added) if (kinds.get(at(key)) !== "added") found.push(`${at(key)}: added`);
    const order = Object.keys(right).filter((key) => Object.hasOwn(left, key));
    if (order.join() !== Object.keys(left).join()) found.push(`${path}: keys are ${order.join()}`);
    for (const [key, value] of Object.entries(left)) walk(value, right[key], at(key));
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";
