import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import type { ReadyCall } from "../support/describe-confirmed-write.ts";
import type { Doors, Person, Reply } from "../support/doors.ts";
import { inexactTexts, mutatedText } from "../support/inexact-texts.ts";
import { type Random, seededRandom } from "../support/random.ts";
import { BUYER, createWorld, OWNER, type World } from "../support/world.ts";
import { type CallModel, createCallModel, type KnownSubject, type MadeCall } from "./call-model.ts";
import { READY_WRITES, type ReadyWrite } from "./ready-writes.ts";
import { tally } from "./tally.ts";

const LONG = String((env as { TEST_LONG?: string }).TEST_LONG ?? "") !== "";
/** What fits into the time that a gate may take; each call goes through a whole door. */
const CALLS = LONG ? 1_000_000 : 500;
/** So many subjects fill the stand-in of Stripe with sessions, and it lists them all. */
const SUBJECTS_A_STRIPE = 16;
/** How many call at once; the largest once in a while. */
const RACERS = [2, 2, 3, 5, 8, 13, 21, 50, 200];
/** Tokens and the owner's sign-in are good for less than a long run: after so many subjects everybody signs in anew. */
const SUBJECTS_A_SIGN_IN = 100;

let world: World;
let random: Random;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);

const seen = { calls: 0, replays: 0, effects: 0, races: 0, largest: 0, deliveries: 0, revocations: 0 };
const refusals = tally();
const keys = { made: 0 };

test(
  "one effect a key at most, the same answer ever after, and nothing written by a refusal, whatever the order of calls",
  async () => {
    random = seededRandom("generated calls");
    for (let subjects = 0; seen.calls < CALLS; subjects++) {
      if (subjects % SUBJECTS_A_SIGN_IN === 0) doors.clear();
      if (subjects % SUBJECTS_A_STRIPE === 0) await world.sandbox.reset();
      // More clients register here in a minute than at a real server.
      await world.db.exec("DELETE FROM rate_limits");
      const ready = READY_WRITES[subjects % READY_WRITES.length] ?? random.pick(READY_WRITES);
      await oneSubject(ready);
    }
    expect(seen.effects).toBeGreaterThan(0);
    console.info(
      `${seen.calls} calls under ${keys.made} keys: ${seen.effects} effects, ${seen.replays} replays, refused: ${refusals.listed()}; ${seen.races} races of up to ${seen.largest}, ${seen.deliveries} deliveries and ${seen.revocations} revocations between them`,
    );
  },
  LONG ? 7_200_000 : 600_000,
);

/** The last right call of each write, to be tried under keys of others. */
const lastReady = new Map<ReadyWrite, { readonly person: Person; readonly ready: ReadyCall }>();

type DoorName = "mcp" | "http";
const doors = new Map<string, Promise<Doors>>();

/** Everything that is done about one fresh subject of one write. */
interface Scene {
  readonly it: ReadyWrite;
  readonly person: Person;
  readonly ready: ReadyCall;
  readonly through: Doors;
  readonly model: CallModel;
  subject: KnownSubject;
  /** Keys that something was tried under. */
  readonly tried: string[];
}

/** A fresh subject, some thirty steps about it, and then the books: what the model remembers is what there is. */
async function oneSubject(it: ReadyWrite): Promise<void> {
  const person = it.actor === BUYER && random.below(3) === 0 ? OWNER : it.actor;
  const ready = await it.ready(world, person);
  const scene: Scene = {
    it,
    person,
    ready,
    through: await doorsOf(it, person),
    model: createCallModel(),
    subject: { version: ready.expectedUpdatedAt, text: ready.confirmationText, touched: false, theirs: true },
    tried: [],
  };
  lastReady.set(it, { person, ready });
  const before = keys.made;
  const steps = [first, raceOfOneKey, raceOfManyKeys, raceWithARevocation];
  await volley(scene);
  await random.pick(steps)(scene);
  for (let step = 0; step < 3; step++) {
    await volley(scene);
    await random.pick([...steps, moves, moves])(scene);
  }
  await volley(scene);
  await balance(scene, keys.made - before);
}

const newKey = (scene: Scene): string => {
  const key = `generated-${++keys.made}`;
  scene.tried.push(key);
  return key;
};

/** The call that is right about the subject as it is known. */
function rightCall({ it, person, ready, subject }: Scene, key: string): MadeCall {
  return {
    person: person.email,
    key,
    write: it.write.name,
    args: ready.input,
    version: subject.version,
    text: subject.text,
  };
}

async function send(call: MadeCall, through: Doors, door: DoorName): Promise<Reply> {
  seen.calls += 1;
  const { args, version, text, key } = call;
  const reply = await through[door]({
    ...args,
    confirmationText: text,
    expectedUpdatedAt: version,
    idempotencyKey: key,
  });
  if (reply.code !== undefined) refusals.add(reply.code);
  else if (reply.body.replayed === true) seen.replays += 1;
  return reply;
}

/** Doors stay open from subject to subject. */
function doorsOf(it: ReadyWrite, person: Person): Promise<Doors> {
  const name = `${it.write.name} ${person.email}`;
  const open = doors.get(name) ?? it.open(world, person);
  doors.set(name, open);
  return open;
}

const anyDoor = (): DoorName => random.pick(["mcp", "http", "http"]);

/** Sends one call and holds its answer to what the model says. */
async function step(scene: Scene, call: MadeCall, subject = scene.subject, through = scene.through): Promise<void> {
  const expected = scene.model.expected(call, subject);
  const reply = await send(call, through, anyDoor());
  const what = `${JSON.stringify(call)} → ${reply.text}`;
  if ("replay" in expected) expect(reply.text, what).toBe(expected.replay);
  else if (reply.code === undefined) await happened(scene, call, reply, "effect" in expected, what);
  else expect(expected.refused, what).toContain(reply.code);
}

async function happened(scene: Scene, call: MadeCall, reply: Reply, allowed: boolean, what: string): Promise<void> {
  expect([allowed, reply.body.replayed], what).toEqual([true, false]);
  seen.effects += 1;
  scene.model.remember(call, String(reply.body.operationId), reply.text);
  await lookAgain(scene);
}

/** Reads the subject's version, as a caller does after something was done. */
async function lookAgain(scene: Scene, touched = true): Promise<void> {
  const { argument, table } = scene.it.subject;
  const version = argument
    ? (
        await world.all<{ updated_at: number }>(
          `SELECT updated_at FROM ${table} WHERE id = ?`,
          scene.ready.input[argument],
        )
      )[0]?.updated_at
    : undefined;
  scene.subject = {
    ...scene.subject,
    ...(version !== undefined && { version: new Date(version).toISOString() }),
    touched: scene.it.again ? false : touched,
  };
}

/** Calls that may change nothing: replays and everything that has to be refused, the whole database held to it. */
async function volley(scene: Scene): Promise<void> {
  const calls = Array.from({ length: 15 + random.below(15) }, () => refusedCall(scene));
  const elsewhere = await Promise.all([anothersWrite(scene), anothersKey(scene)]);
  await unchanged(world, async () => {
    for (const [call, subject] of calls) await step(scene, call, subject);
    for (const made of elsewhere) if (made) await step(scene, made.call, made.subject, made.through);
  });
}

/** A call, what its caller knows, and the doors it goes through. */
interface Elsewhere {
  readonly call: MadeCall;
  readonly subject: KnownSubject;
  readonly through: Doors;
}

/** A key that is used up, for another write of the same person. */
async function anothersWrite(scene: Scene): Promise<Elsewhere | undefined> {
  const { model, person, it, subject } = scene;
  const others = [...lastReady].filter(([write, ready]) => write !== it && ready.person === person);
  const [used] = random.shuffled(model.all());
  if (!used || others.length === 0) return undefined;
  const [other, { ready }] = random.pick(others);
  const { input: args, expectedUpdatedAt: version, confirmationText: text } = ready;
  const call = { person: person.email, key: used.call.key, write: other.write.name, args, version, text };
  return { call, subject, through: await doorsOf(other, person) };
}

/** A key and a subject of one person's, tried by another: for them the key is free, and the subject is not there. */
async function anothersKey(scene: Scene): Promise<Elsewhere | undefined> {
  const { model, person, it, subject } = scene;
  if (it.actor !== BUYER || !it.subject.argument) return undefined;
  const stranger = person === BUYER ? OWNER : BUYER;
  const [used] = random.shuffled(model.all());
  const call = { ...(used?.call ?? rightCall(scene, newKey(scene))), person: stranger.email };
  return { call, subject: { ...subject, theirs: false }, through: await doorsOf(it, stranger) };
}

/** A replay, or a call with one thing wrong, under a new key, one that was refused, or one that is used up. */
function refusedCall(scene: Scene): [MadeCall, KnownSubject] {
  const { model, subject, it, ready } = scene;
  const used = model.all();
  const key = random.below(2) === 0 && scene.tried.length > 0 ? random.pick(scene.tried) : newKey(scene);
  const right = rightCall(scene, key);
  if (used.length > 0 && random.below(3) > 0) {
    const { call } = random.pick(used);
    return [
      random.pick<() => MadeCall>([
        () => call,
        () => call,
        // The sentence is no part of what a key is for: whoever lost the answer may have lost it too.
        () => ({ ...call, text: mutatedText(call.text, random) }),
        () => ({ ...call, args: { ...call.args, ...it.other(call.args) } }),
        () => ({ ...call, version: otherVersion(call.version) }),
      ])(),
      subject,
    ];
  }
  const texts = Object.values(inexactTexts(ready.confirmationText)).filter((text) => text.length > 0);
  if (random.below(2) === 0) {
    const text = random.below(2) === 0 ? random.pick(texts) : mutatedText(subject.text, random);
    return [{ ...right, text }, subject];
  }
  return [{ ...right, version: otherVersion(subject.version) }, subject];
}

function otherVersion(version: string): string {
  const offset = random.pick([-86_400_000, -1, 1, 1000, 86_400_000]);
  return new Date(Date.parse(version) + offset).toISOString();
}

/** The right call, under a new key or one that was refused until now. */
async function first(scene: Scene): Promise<void> {
  const free = scene.tried.filter((key) => !scene.model.of({ person: scene.person.email, key }));
  const key = free.length > 0 && random.below(2) === 0 ? random.pick(free) : newKey(scene);
  await step(scene, rightCall(scene, key));
}

/** Somebody else was at the subject: what was read of it before is stale. */
async function moves(scene: Scene): Promise<void> {
  const { table, argument } = scene.it.subject;
  await world.all(
    `UPDATE ${table} SET updated_at = updated_at + 1${argument ? " WHERE id = ?" : ""}`,
    ...(argument ? [scene.ready.input[argument]] : []),
  );
  const stale = rightCall(scene, newKey(scene));
  const { touched } = scene.subject;
  if (argument) await lookAgain(scene, touched);
  else {
    const { expectedUpdatedAt } = await scene.it.ready(world, scene.person);
    // Whatever stood in the way of another plan is gone with it.
    scene.subject = { ...scene.subject, version: expectedUpdatedAt, touched: false };
  }
  await unchanged(world, () => step(scene, stale));
}

function racers(): number {
  const many = random.pick(RACERS);
  seen.races += 1;
  seen.largest = Math.max(seen.largest, many);
  return many;
}

/** Many calls with one key, while Stripe tells what it has to tell: one effect, and the same answer for everybody. */
async function raceOfOneKey(scene: Scene): Promise<void> {
  await race(scene, async (call) => {
    const calls = Array.from({ length: racers() }, () => send(call, scene.through, anyDoor()));
    const delivered = deliveries();
    const answers = await Promise.all(calls);
    await delivered;
    return answers;
  });
}

/** The same while the client that carries half of the calls is cut off. */
async function raceWithARevocation(scene: Scene): Promise<void> {
  const { it, person } = scene;
  const passing = await it.open(world, person);
  const call = await race(scene, async (made) => {
    const calls = Array.from({ length: racers() }, (_, index) =>
      // A client that is cut off throws, so what it was answered is read over HTTP.
      index % 2 ? send(made, passing, "http") : send(made, scene.through, anyDoor()),
    );
    const ended = passing.end();
    const answers = await Promise.all(calls);
    await ended;
    return answers;
  });
  seen.revocations += 1;
  const { mcp, http } = await unchanged(world, async () => ({
    mcp: await send(call, passing, "mcp"),
    http: await send(call, passing, "http"),
  }));
  expect([mcp.status, http.status]).toEqual([401, 401]);
}

/** Holds the answers of a race under one key to one effect, then asks once more for the answer that stays. */
async function race(scene: Scene, run: (call: MadeCall) => Promise<readonly Reply[]>): Promise<MadeCall> {
  const call = rightCall(scene, newKey(scene));
  const expected = scene.model.expected(call, scene.subject);
  if ("replay" in expected) throw new Error("a new key has no answer yet");
  const answers = await run(call);
  const settled = await send(call, scene.through, anyDoor());
  const done = answers.filter(({ code }) => code === undefined);
  const what = `${JSON.stringify(call)} → ${settled.text}`;
  if (settled.code !== undefined) {
    expect("effect" in expected && expected.effect, what).not.toBe("must");
    expect(done, what).toEqual([]);
    // What Stripe told meanwhile may have moved the subject.
    await lookAgain(scene, scene.subject.touched);
    return call;
  }
  expect("effect" in expected, what).toBe(true);
  seen.effects += 1;
  scene.model.remember(call, String(settled.body.operationId), settled.text);
  const replay = scene.model.of(call)?.replay;
  for (const answer of done) {
    expect(answer.text.replace('"replayed":false', '"replayed":true'), what).toBe(replay);
  }
  expect(done.filter(({ body }) => body.replayed === false).length, what).toBeLessThanOrEqual(1);
  for (const { code } of answers) {
    if (code !== undefined) expect(["operation_in_progress", "401", "unauthenticated"], what).toContain(code);
  }
  await lookAgain(scene);
  return call;
}

/** Many keys about one version: one winner where the write moves its subject or can be done but once. */
async function raceOfManyKeys(scene: Scene): Promise<void> {
  const calls = Array.from({ length: Math.min(racers(), scene.it.again ? 8 : 50) }, () =>
    rightCall(scene, newKey(scene)),
  );
  const { touched } = scene.subject;
  const answers = await Promise.all(calls.map((call) => send(call, scene.through, anyDoor())));
  let winners = 0;
  for (const [index, call] of calls.entries()) {
    const answer = answers[index];
    if (!answer) continue;
    if (answer.code === undefined) {
      winners += 1;
      seen.effects += 1;
      scene.model.remember(call, String(answer.body.operationId), answer.text);
    } else
      expect(["stale_state", "ineligible_state"], `${JSON.stringify(call)} → ${answer.text}`).toContain(answer.code);
  }
  if (scene.it.again) expect(winners).toBe(calls.length);
  else if (touched) expect(winners).toBeLessThanOrEqual(1);
  else expect(winners).toBe(1);
  if (winners > 0) await lookAgain(scene);
}

/** Brings what waits at Stripe, twice at once. */
async function deliveries(): Promise<void> {
  const waiting = await world.sandbox.deliveries({ pending: true });
  const answers = await Promise.all(waiting.flatMap((delivery) => [world.post(delivery), world.post(delivery)]));
  for (const { status } of answers) expect(status).toBe(200);
  seen.deliveries += answers.length;
}

/** The books of a subject's keys: an operation, an effect and its audit rows for each that succeeded; of the others nothing. */
async function balance({ it, model, tried }: Scene, made: number): Promise<void> {
  const [lowest, highest] = [keys.made - made, keys.made];
  const operations = await world.all<{
    id: string;
    idempotency_key: string;
    status: string;
    kinds: string;
    effects: number;
  }>(
    `SELECT id, idempotency_key, status,
      (SELECT group_concat(event_kind) FROM (SELECT event_kind FROM payment_audit_events WHERE operation_id = operations.id
        AND actor_kind <> 'stripe_webhook' ORDER BY event_kind)) AS kinds,
      (SELECT count(*) FROM (SELECT operation_id FROM ${it.effect}) AS done WHERE done.operation_id = operations.id) AS effects
     FROM operations WHERE idempotency_key LIKE 'generated-%' AND CAST(substr(idempotency_key, 11) AS INTEGER) BETWEEN ? AND ?
     ORDER BY idempotency_key`,
    lowest + 1,
    highest,
  );
  const remembered = model.all().map(({ call, operationId }) => ({
    id: operationId,
    idempotency_key: call.key,
    status: "succeeded",
    kinds: it.audit.join(),
    effects: 1,
  }));
  expect(operations).toEqual(remembered.sort((one, other) => (one.idempotency_key < other.idempotency_key ? -1 : 1)));
  expect(tried.length).toBe(made);
}
