import { expect } from "vitest";
import { type EventRequest, signBody } from "../../src/dev/stripe-sandbox/client.ts";
import type { World } from "./world.ts";

type Json = Record<string, unknown>;

/** Delivers an event as Stripe makes it of this object, at the sandbox's endpoint; answers what became of it. */
export async function told(world: World, event: EventRequest): Promise<{ id: string; status: string }> {
  const { id } = await world.sandbox.event(event);
  const delivery = (await world.sandbox.deliveries()).find(({ eventId }) => eventId === id);
  if (!delivery) throw new Error("nothing waits");
  // Whatever mode it is of, it is signed with the secret of that endpoint.
  const secret = String(world.bindings.STRIPE_WEBHOOK_SECRET_SANDBOX);
  const signature = await signBody(delivery.body, secret, Math.floor(world.clock.now() / 1000));
  const answer = await world.post({ ...delivery, signature });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return { id, status: ((await answer.json()) as { status: string }).status };
}

/** The object in the latest event of a type, delivered or not. */
export async function latestObject(world: World, type: string): Promise<Json> {
  const event = (await world.sandbox.deliveries()).findLast((one) => one.type === type);
  if (!event) throw new Error(`Stripe tells of no ${type}`);
  return (JSON.parse(event.body) as { data: { object: Json } }).data.object;
}

/** A session as its events have it. */
export async function sessionObject(world: World, sessionId: string): Promise<Json> {
  const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
  if (!session) throw new Error("no session");
  const { line_items: _, ...object } = session;
  return object as unknown as Json;
}
