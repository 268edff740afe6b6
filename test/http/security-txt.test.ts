import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { ORIGIN } from "../support/world.ts";

const PATH = "/.well-known/security.txt";

describeInWorld("security.txt", {}, (world) => {
  test("names the business's address, and ends within a year", async () => {
    await world.all("UPDATE businesses SET support_email = 'help@shop.example'");
    const answer = await world.fetch(PATH);
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "text/plain; charset=utf-8"]);
    const text = await answer.text();
    // RFC 9116 section 2.2: a field a line.
    const fields = Object.fromEntries(
      text
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/: (.*)/) as [string, string]),
    );
    expect(fields).toEqual({
      Contact: "mailto:help@shop.example",
      Expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00\.000Z$/),
      Canonical: `${ORIGIN}${PATH}`,
    });
    const days = (Date.parse(fields.Expires ?? "") - world.clock.now()) / 86_400_000;
    expect([days > 358, days < 365]).toEqual([true, true]);
    expect((await world.fetch(PATH, { method: "POST" })).status).toBe(405);
  });
});
