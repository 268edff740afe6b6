import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Told } from "../told.ts";
import type { Scratch } from "./scratch.ts";

/** What running one test file came to. */
export interface TestRun {
  readonly outcome: "passed" | "failed" | "timed out";
  readonly ms: number;
  /** What its tests printed. */
  readonly output: string;
}

/** Asked of the process that has vitest. */
export interface Question {
  /** Files that are not what they were at the question before: spoiled, or put right again. */
  readonly changed: readonly string[];
  readonly test: string;
}

/** Runs test files of a scratch copy, one at a time, in a process that stays. */
export interface Bench {
  tests(): Promise<string[]>;
  run(test: string, limitMs: number): Promise<TestRun>;
  /** Lets a new process begin, with nothing left of the old one. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A process of its own, with its children in its group: what loops for ever can only be killed. */
export function openBench(scratch: Scratch): Bench {
  const { root } = scratch;
  let child: ChildProcess | undefined;
  let closed = false;
  const started = async () => {
    if (closed) throw new Told("Stopped.");
    if (child) return child;
    const next = fork(join(root, "src/dev/local/mutation/vitest-process.ts"), {
      cwd: root,
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false", TEST_SEED: process.env.TEST_SEED ?? "1" },
    });
    next.once("exit", () => {
      if (child === next) child = undefined;
    });
    child = next;
    await once(next, "message");
    return next;
  };
  const kill = async () => {
    const now = child;
    child = undefined;
    if (now?.pid === undefined || now.exitCode !== null) return;
    const gone = once(now, "exit");
    process.kill(-now.pid, "SIGKILL");
    await gone;
  };
  const ask = async <T>(question: Question | "tests", limitMs: number): Promise<T | undefined> => {
    const process = await started();
    const over = new AbortController();
    const { signal } = over;
    const late = setTimeout(() => over.abort(), limitMs);
    process.send(question);
    const answer = once(process, "message", { signal }).then(([message]) => message as T);
    const ended = once(process, "exit", { signal });
    const first = await Promise.race([answer, ended.then(() => undefined)]).catch(() => undefined);
    clearTimeout(late);
    over.abort();
    await Promise.allSettled([answer, ended]);
    if (first === undefined) await kill();
    return first;
  };
  return {
    tests: async () => (await ask<string[]>("tests", 120_000)) ?? [],
    async run(test, limitMs) {
      const start = Date.now();
      const answer = await ask<Omit<TestRun, "ms">>({ changed: scratch.takeWritten(), test }, limitMs);
      return { ...(answer ?? { outcome: "timed out", output: "" }), ms: Date.now() - start };
    },
    restart: kill,
    async stop() {
      closed = true;
      await kill();
    },
  };
}
