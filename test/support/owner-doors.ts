import type { ConfirmedWrite } from "../../src/kernel/confirmed-write.ts";
import { bearerDoors, type Doors, httpDoor, type Person } from "./doors.ts";
import { openBrowser, signIn } from "./oauth.ts";
import { ORIGIN, type World } from "./world.ts";

/** A browser that a person signed in with, and the headers that a script on our pages would send. */
export async function ownerBrowser(world: World, route: string, person: Person) {
  const browser = openBrowser(world.send, ORIGIN);
  await signIn(browser, person);
  const contract = (await (await browser.get(route)).json()) as { formToken?: string };
  const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
  const headers = { Cookie: cookie, "X-Form-Token": contract.formToken ?? "", "Sec-Fetch-Site": "same-origin" };
  return { browser, headers };
}

/** The doors of the owner's writes: a token for `/mcp`, and a signed-in browser for HTTP, where these routes take no token. */
export async function ownerDoors(
  world: World,
  write: ConfirmedWrite,
  person: Person,
  scopes: readonly string[] = [write.scope],
): Promise<Doors> {
  const bearer = await bearerDoors(world, write, person, scopes);
  const { browser, headers } = await ownerBrowser(world, write.route.slice("POST ".length), person);
  return {
    mcp: bearer.mcp,
    http: httpDoor(world, write.route, headers),
    async end() {
      await bearer.end();
      await browser.submit(await browser.get("/account"), "/sign-out", {});
    },
  };
}
