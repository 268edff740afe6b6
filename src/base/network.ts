/** The networks of a caller, as keys of bounds. */
interface Networks {
  /** An IPv4 address, or the /64 that one IPv6 customer holds at least. */
  readonly narrow: string;
  /** The /48 of an IPv6 address, which one customer may hold too (RFC 6177 section 2); undefined for IPv4. */
  readonly wide: string | undefined;
}

/**
 * The networks that a request comes from. Cloudflare sets `CF-Connecting-IP` and drops a caller's own; without Cloudflare
 * in front every caller is the same one.
 */
export function networksOf(request: Request): Networks {
  const address = request.headers.get("CF-Connecting-IP") ?? "local";
  if (!address.includes(":")) return { narrow: address, wide: undefined };
  const groups = ipv6Groups(address.toLowerCase());
  const mapped = ipv4In(groups);
  if (mapped) return { narrow: mapped, wide: undefined };
  return { narrow: `${groups.slice(0, 4).join(":")}::/64`, wide: `${groups.slice(0, 3).join(":")}::/48` };
}

/** The eight groups of an IPv6 address, without leading zeros (RFC 4291 section 2.2). */
function ipv6Groups(address: string): string[] {
  const [head = "", tail] = withoutDots(address.split("%")[0] ?? "").split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail?.split(":").filter(Boolean) ?? [];
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].slice(0, 8).map((group) => group.replace(/^0+(?=.)/, ""));
}

/** An address that ends in dotted decimals, with them as two groups. */
function withoutDots(address: string): string {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (!dotted) return address;
  const [a, b, c, d] = dotted.slice(1).map(Number);
  const group = (high = 0, low = 0) => (high * 256 + low).toString(16);
  return `${address.slice(0, dotted.index)}${group(a, b)}:${group(c, d)}`;
}

/** The IPv4 address in an IPv4-mapped one (RFC 4291 section 2.5.5.2): the same caller under both spellings. */
function ipv4In(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 5).some((group) => group !== "0") || groups[5] !== "ffff") return undefined;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
