import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import type { ReadyCall } from "../support/describe-confirmed-write.ts";
import type { Doors, Person, Reply } from "../support/doors.ts";
import { inexactTexts, textEdits } from "../support/inexact-texts.ts";
import { holds, replayPath } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { BUYER, createWorld, OWNER, type World } from "../support/world.ts";
import { type CallModel, createCallModel, type KnownSubject, type MadeCall } from "./call-model.ts";
import { READY_WRITES, type ReadyWrite } from "./ready-writes.ts";
import { pick } from "./spoil.ts";
import { tally } from "./tally.ts";

/** What fits into the time that a gate may take; each call goes through a whole door. */
const CALLS = size({ ci: 500, part: 4_000 });
/** So many subjects fill the stand-in of Stripe with sessions, and it lists them all. */
const SUBJECTS_A_STRIPE = 16;
/** How many call at once; the largest once in a while. */
const RACERS = [2, 2, 3, 5, 8, 13, 21, 50, 200];
/** Tokens and the owner's sign-in are good for less than a long run: after so many subjects every client signs in anew. */
const SUBJECTS_A_SIGN_IN = 100;

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);

const BY_NAME = new Map(READY_WRITES.map((ready) => [ready.write.name, ready]));
const seen = { calls: 0, replays: 0, effects: 0, races: 0, largest: 0, deliveries: 0, revocations: 0, subjects: 0 };
/** The most effects of one key, and the most winners of a race that has one. */
const most = { effects: 0, winners: 0 };
const refusals = tally();
const keys = { made: 0 };

test("one effect a key at most, the same answer ever after, and nothing written by a refusal, whatever the order of calls", async ({
  task,
}) => {
  const enough = () => seen.calls >= CALLS;
  await holds("generated calls", subjects, { runs: CALLS / 10, enough }, async ({ write, owner, commands }) => {
    const it = BY_NAME.get(write) ?? pick(READY_WRITES, 0);
    const person = it.actor === BUYER && owner ? OWNER : it.actor;
    const before = keys.made;
    const scene = await freshSubject(it, person);
    await fc.asyncModelRun(() => ({ model: {}, real: scene }), commands);
    await balance(scene, keys.made - before);
  });
  expect(seen.effects).toBeGreaterThan(0);
  console.info(
    `${seen.calls} calls about ${seen.subjects} subjects under ${keys.made} keys: ${seen.effects} effects, ${seen.replays} replays, refused: ${refusals.listed()}; ${seen.races} races of up to ${seen.largest}, ${seen.deliveries} deliveries and ${seen.revocations} revocations between them`,
  );
  const { calls, subjects: about, effects, replays, races: raced, deliveries: told, revocations } = seen;
  tell(task, "P1", {
    counts: { calls, keys: keys.made, subjects: about, effects, replays },
    worst: { "effects of a key": most.effects },
  });
  tell(task, "P2", { counts: { calls, conflicts: refusals.of("idempotency_conflict") } });
  tell(task, "P3", {
    counts: { races: raced, "deliveries meanwhile": told, "revocations meanwhile": revocations },
    worst: { racers: seen.largest, "winners of a race": most.winners },
  });
}, 3_600_000);

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

async function freshSubject(it: ReadyWrite, person: Person): Promise<Scene> {
  if (seen.subjects % SUBJECTS_A_SIGN_IN === 0) doors.clear();
  if (seen.subjects % SUBJECTS_A_STRIPE === 0) await world.sandbox.reset();
  seen.subjects += 1;
  // More clients register here in a minute than at a real server.
  await world.db.exec("DELETE FROM bound_counts");
  const ready = await it.ready(world, person);
  return {
    it,
    person,
    ready,
    through: await doorsOf(it, person),
    model: createCallModel(),
    subject: { version: ready.expectedUpdatedAt, text: ready.confirmationText, touched: false, theirs: true },
    tried: [],
  };
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

/** Sends one call and holds its answer to what the model says. */
async function step(
  { scene, call, subject = scene.subject, through = scene.through }: Step,
  door: DoorName,
): Promise<void> {
  const expected = scene.model.expected(call, subject);
  const reply = await send(call, through, door);
  const what = `${JSON.stringify(call)} → ${reply.text}`;
  if ("replay" in expected) expect(reply.text, what).toBe(expected.replay);
  else if (reply.code === undefined) await happened(scene, call, reply, "effect" in expected, what);
  else expect(expected.refused, what).toContain(reply.code);
}

/** A call, with what its caller knows and the doors it goes through where they are not the scene's own. */
interface Step {
  readonly scene: Scene;
  readonly call: MadeCall;
  readonly subject?: KnownSubject;
  readonly through?: Doors;
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

const doorNames = fc.constantFrom<DoorName>("http", "http", "mcp");
/** Doors for a race of any size, one after the other and around again. */
const doorLists = fc.array(doorNames, { minLength: 7, maxLength: 7 });
const offsets = fc.constantFrom(1, -1, 1000, 86_400_000, -86_400_000);
const otherVersion = (version: string, offset: number) => new Date(Date.parse(version) + offset).toISOString();

/** A replay, or a call with one thing wrong, under a new key, one that was refused, or one that is used up. */
const refusedCalls = fc
  .record({
    used: fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    fresh: fc.boolean(),
    key: fc.nat(),
    wrong: fc.constantFrom("nothing", "nothing", "text", "args", "version"),
    inexact: fc.option(fc.nat(), { freq: 2 }),
    edit: textEdits,
    offset: offsets,
  })
  .map(({ used, fresh, key, wrong, inexact, edit, offset }) => (scene: Scene): MadeCall => {
    const { model, subject, it, tried } = scene;
    const done = model.all();
    if (used && done.length > 0) {
      const { call } = pick(done, key);
      // The sentence is no part of what a key is for: a caller that lost the answer may have lost it too.
      if (wrong === "text") return { ...call, text: edit(call.text) };
      if (wrong === "args") return { ...call, args: { ...call.args, ...it.other(call.args) } };
      return wrong === "version" ? { ...call, version: otherVersion(call.version, offset) } : call;
    }
    const right = rightCall(scene, fresh || tried.length === 0 ? newKey(scene) : pick(tried, key));
    if (wrong === "version" || wrong === "args") return { ...right, version: otherVersion(subject.version, offset) };
    const texts = Object.values(inexactTexts(subject.text)).filter((text) => text.length > 0);
    return { ...right, text: inexact === null ? edit(subject.text) : pick(texts, inexact) };
  });

/** A key that is used up, for another write of the same person. */
async function anothersWrite(scene: Scene, at: number): Promise<Step | undefined> {
  const { model, person, it } = scene;
  const others = READY_WRITES.filter((write) => write !== it && (write.actor === person || write.actor === BUYER));
  const used = model.all();
  if (used.length === 0) return undefined;
  const other = pick(others, at);
  const { input: args, expectedUpdatedAt: version, confirmationText: text } = await other.ready(world, person);
  const call = { person: person.email, key: pick(used, at).call.key, write: other.write.name, args, version, text };
  return { scene, call, through: await doorsOf(other, person) };
}

/** A key and a subject of one person's, tried by another: for them the key is free, and the subject is not there. */
async function anothersKey(scene: Scene, at: number): Promise<Step | undefined> {
  const { model, person, it, subject } = scene;
  if (it.actor !== BUYER || !it.subject.argument) return undefined;
  const stranger = person === BUYER ? OWNER : BUYER;
  const used = model.all();
  const call = used.length > 0 ? pick(used, at).call : rightCall(scene, newKey(scene));
  return {
    scene,
    call: { ...call, person: stranger.email },
    subject: { ...subject, theirs: false },
    through: await doorsOf(it, stranger),
  };
}

/** The right call, under a new key or one that was refused until now. */
async function first(scene: Scene, again: boolean, at: number, door: DoorName): Promise<void> {
  const free = scene.tried.filter((key) => !scene.model.of({ person: scene.person.email, key }));
  const key = again && free.length > 0 ? pick(free, at) : newKey(scene);
  await step({ scene, call: rightCall(scene, key) }, door);
}

/** Another writer changed the subject: an earlier read of it is stale. */
async function moves(scene: Scene, door: DoorName): Promise<void> {
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
  await unchanged(world, () => step({ scene, call: stale }, door));
}

/** How many race, and each by which door. */
interface Race {
  readonly many: number;
  readonly by: readonly DoorName[];
}

/** Starts that many calls at once. */
function started<T>({ many, by }: Race, start: (door: DoorName, index: number) => Promise<T>): Promise<T>[] {
  seen.races += 1;
  seen.largest = Math.max(seen.largest, many);
  return Array.from({ length: many }, (_, index) => start(pick(by, index), index));
}

/** Many calls with one key while Stripe sends its events: one effect, and the same answer to every call. */
async function raceOfOneKey(scene: Scene, given: Race): Promise<void> {
  await race(scene, async (call) => {
    const calls = started(given, (door) => send(call, scene.through, door));
    const delivered = deliveries();
    const answers = await Promise.all(calls);
    await delivered;
    return answers;
  });
}

/** The same while the client that carries half of the calls is cut off. */
async function raceWithARevocation(scene: Scene, given: Race): Promise<void> {
  const { it, person } = scene;
  const passing = await it.open(world, person);
  const call = await race(scene, async (made) => {
    const calls = started(given, (door, index) =>
      // A client that is cut off throws, so what it was answered is read over HTTP.
      index % 2 ? send(made, passing, "http") : send(made, scene.through, door),
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
  const settled = await send(call, scene.through, "http");
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
  const won = done.filter(({ body }) => body.replayed === false).length;
  most.winners = Math.max(most.winners, won);
  expect(won, what).toBeLessThanOrEqual(1);
  for (const { code } of answers) {
    if (code !== undefined) expect(["operation_in_progress", "401", "unauthenticated"], what).toContain(code);
  }
  await lookAgain(scene);
  return call;
}

/** Many keys about one version: one winner where the write moves its subject or can be done but once. */
async function raceOfManyKeys(scene: Scene, { many, by }: Race): Promise<void> {
  const { touched } = scene.subject;
  const made = started({ many: Math.min(many, scene.it.again ? 8 : 50), by }, async (door) => {
    const call = rightCall(scene, newKey(scene));
    return { call, answer: await send(call, scene.through, door) };
  });
  const answers = await Promise.all(made);
  let winners = 0;
  for (const { call, answer } of answers) {
    if (answer.code === undefined) {
      winners += 1;
      seen.effects += 1;
      scene.model.remember(call, String(answer.body.operationId), answer.text);
    } else
      expect(["stale_state", "ineligible_state"], `${JSON.stringify(call)} → ${answer.text}`).toContain(answer.code);
  }
  if (!scene.it.again) most.winners = Math.max(most.winners, winners);
  if (scene.it.again) expect(winners).toBe(answers.length);
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
  most.effects = Math.max(most.effects, ...operations.map(({ effects }) => effects));
  expect(operations).toEqual(remembered.sort((one, other) => (one.idempotency_key < other.idempotency_key ? -1 : 1)));
  expect(tried.length).toBe(made);
}

/** What may be done about a subject, as fast-check puts it together: the first of each kind is the simplest. */
type Command = fc.AsyncCommand<object, Scene>;
const command = (name: string, run: (scene: Scene) => Promise<unknown>): Command => ({
  check: () => true,
  run: async (_model, scene) => void (await run(scene)),
  toString: () => name,
});

const races = fc.record({ many: fc.constantFrom(...RACERS), by: doorLists });
/** Calls that may change nothing: replays and everything that has to be refused, the whole database held to it. */
const volleys = fc
  .array(fc.record({ made: refusedCalls, door: doorNames }), { minLength: 1, maxLength: 30, size: "max" })
  .map((calls) =>
    command(`${calls.length} replays and refusals`, (scene) =>
      unchanged(world, async () => {
        for (const { made, door } of calls) await step({ scene, call: made(scene) }, door);
      }),
    ),
  );
const strays = fc.record({ at: fc.nat(), door: doorNames }).map(({ at, door }) =>
  command(`another's key ${at}, by ${door}`, async (scene) => {
    const other = await anothersWrite(scene, at);
    // To get another write ready, a payment is made: Stripe's events about this subject arrive with it.
    if (other) await lookAgain(scene, scene.subject.touched);
    const made = [other, await anothersKey(scene, at)];
    await unchanged(world, async () => {
      for (const one of made) if (one) await step(one, door);
    });
  }),
);
const racing = (name: string, run: (scene: Scene, race: Race) => Promise<unknown>) =>
  races.map((race) => command(`${race.many} ${name}, by ${race.by}`, (scene) => run(scene, race)));

const subjects = fc.record({
  write: fc.constantFrom(...BY_NAME.keys()),
  owner: fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  commands: fc.commands(
    [
      fc
        .record({ again: fc.boolean(), at: fc.nat(), door: doorNames })
        .map(({ again, at, door }) => command(`right, by ${door}`, (scene) => first(scene, again, at, door))),
      doorNames.map((door) => command(`moved, and stale by ${door}`, (scene) => moves(scene, door))),
      strays,
      volleys,
      volleys,
      racing("at once with one key", raceOfOneKey),
      racing("at once with a key each", raceOfManyKeys),
      racing("at once and a revocation", raceWithARevocation),
    ],
    { maxCommands: 9, size: "max", ...(replayPath && { replayPath }) },
  ),
});
