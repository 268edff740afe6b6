import { expect, test } from "vitest";
import { networksOf } from "../../src/base/network.ts";

const networksAt = (address?: string) =>
  networksOf(new Request("https://app.test/", { headers: address ? { "CF-Connecting-IP": address } : {} }));

test("an address is counted by its network, however it is spelled", () => {
  const wide = "2001:db8:1::/48";
  expect(networksAt("203.0.113.7")).toEqual({ narrow: "203.0.113.7", wide: undefined });
  expect(networksAt("::ffff:203.0.113.7")).toEqual({ narrow: "203.0.113.7", wide: undefined });
  expect(networksAt("2001:db8:1:2:3:4:5:6")).toEqual({ narrow: "2001:db8:1:2::/64", wide });
  expect(networksAt("2001:0DB8:0001:0002::9")).toEqual({ narrow: "2001:db8:1:2::/64", wide });
  expect(networksAt("2001:db8:1::")).toEqual({ narrow: "2001:db8:1:0::/64", wide });
  expect(networksAt("::1")).toEqual({ narrow: "0:0:0:0::/64", wide: "0:0:0::/48" });
  expect(networksAt("64:ff9b::203.0.113.7")).toEqual({ narrow: "64:ff9b:0:0::/64", wide: "64:ff9b:0::/48" });
  expect(networksAt()).toEqual({ narrow: "local", wide: undefined });
});
