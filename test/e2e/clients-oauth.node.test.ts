import { beforeAll, describe, expect, inject, test } from "vitest";
import { callFrom } from "../../src/dev/clients/network.ts";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { type Browser, openBrowser, overSocket, signIn } from "../support/oauth.ts";
import { type Ending, type Habit, habits, tryOut } from "../support/oauth-habits.ts";

const { origin } = inject("server");

let browser: Browser;
beforeAll(async () => {
  browser = openBrowser(overSocket, origin);
  await signIn(browser, devPeople().buyer);
});

describe("over a socket, a client that", () => {
  test.each(habits)("$name", async (habit) => {
    callFrom(`203.0.113.${habits.indexOf(habit) + 1}`);
    const ending = await tryOut(habit, { send: overSocket, origin, browser });
    if ("scopes" in habit.ends) await expectToken(habit, ending, habit.ends.scopes);
    else expectRefusal(ending, habit.ends);
  });
});

/** The token has these scopes and works at /mcp; the registration and the page said what the line asks for. */
async function expectToken(habit: Habit, ending: Ending, scopes: string) {
  expect(ending, JSON.stringify(ending.answer)).toMatchObject({ at: "token", status: 200 });
  expect(ending.answer).toMatchObject({ token_type: "bearer", scope: scopes, refresh_token: expect.any(String) });
  expect(ending.registered).toMatchObject(habit.registered ?? {});
  for (const words of habit.page ?? []) expect(plain(ending.page ?? "")).toContain(words.toLowerCase());
  const [registered = ""] = (ending.registered?.redirect_uris ?? []) as string[];
  const sentTo = habit.authorize?.redirect_uri ?? registered;
  expect(ending.location?.startsWith(`${sentTo}?`), ending.location).toBe(true);
  expect(new URL(ending.location ?? "").searchParams.get("iss")).toBe(`${origin}/oauth`);
  const answer = await fetch(`${origin}/mcp`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${ending.answer.access_token}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("start_checkout")]);
}

/** The refusal comes at this step, names the cause, and no browser is sent to an address by a faulty request. */
function expectRefusal(ending: Ending, { refused, error, says }: Exclude<Habit["ends"], { scopes: string }>) {
  const { at, status, answer, page, location } = ending;
  expect([at, location ?? "stays"], JSON.stringify(answer)).toEqual([
    refused,
    refused === "token" ? location : "stays",
  ]);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  if (refused === "consent") {
    expect(plain(page ?? "")).toMatch(new RegExp(says, "i"));
    return;
  }
  expect(answer.error).toMatch(new RegExp(`^(${error})$`));
  expect(answer.error_description).toMatch(new RegExp(says, "i"));
}

/** The words of a page as a person reads them, in lower case. */
const plain = (html: string) =>
  html
    .replace(/<style[\s\S]*?<\/style>|<script[\s\S]*?<\/script>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ")
    .toLowerCase();
