import type { BytePart } from "../kernel/asset-store.ts";

/** The part of a file that a request is answered with. */
export type AskedPart = "whole" | "none" | BytePart;

/**
 * Reads a `Range` header (RFC 9110 section 14.1.2) for a file of `size` bytes. `none`: the range begins past the end. Other
 * units, malformed ranges and several ranges are answered with the whole file, as section 14.2 allows.
 */
export function askedPart(header: string | null, size: number): AskedPart {
  const range = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? "");
  if (!range) return "whole";
  const [, first = "", last = ""] = range;
  if (first === "") {
    if (last === "") return "whole";
    const length = Math.min(Number(last), size);
    return length === 0 ? "none" : { offset: size - length, length };
  }
  const offset = Number(first);
  if (last !== "" && Number(last) < offset) return "whole";
  if (offset >= size) return "none";
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return { offset, length: end - offset + 1 };
}
