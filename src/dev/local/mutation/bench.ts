import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ScriptError } from "../run-script.ts";
import type { Scratch } from "./scratch.ts";

/** What running one test file came to. */
export interface TestRun {
  readonly outcome: "passed" | "failed" | "timed out" | "no answer";
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

/** How often a question is put. */
const TRIES = 3;

/** A process of its own, with its children in its group: what loops for ever can only be killed. */
export function openBench(scratch: Scratch): Bench {
  const { root } = scratch;
  let child: ChildProcess | undefined;
  let closed = false;
  const started = async () => {
    if (closed) throw new ScriptError("Stopped.");
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
    const ready = await Promise.race([once(next, "message"), once(next, "exit").then(() => undefined)]);
    return ready && next;
  };
  const kill = async () => {
    const now = child;
    child = undefined;
    if (now?.pid === undefined || now.exitCode !== null || now.signalCode !== null) return;
    const gone = once(now, "exit");
    process.kill(-now.pid, "SIGKILL");
    await gone;
  };
  const ask = async <T>(question: Question | "tests", limitMs: number): Promise<T | "late" | "ended"> => {
    const process = await started();
    if (!process) return "ended";
    const over = new AbortController();
    const { signal } = over;
    const late = setTimeout(() => over.abort(), limitMs);
    const answer = once(process, "message", { signal }).then(([message]) => message as T);
    const ended = once(process, "exit", { signal }).then(() => "ended" as const);
    process.send(question, () => {});
    const first = await Promise.race([answer, ended]).catch(() => "late" as const);
    clearTimeout(late);
    over.abort();
    await Promise.allSettled([answer, ended]);
    if (first === "late") await kill();
    return first;
  };
  /** A process that ended gave no result: it may have been stopped from outside. The run is repeated in a new process. */
  const askAgain = async <T>(question: Question | "tests", limitMs: number): Promise<T | "late" | "ended"> => {
    for (let turn = 1; turn < TRIES; turn++) {
      const answer = await ask<T>(question, limitMs);
      if (answer !== "ended") return answer;
      await pause(turn * 5000);
    }
    return ask<T>(question, limitMs);
  };
  return {
    async tests() {
      const answer = await askAgain<string[]>("tests", 120_000);
      if (typeof answer === "string") throw new ScriptError("The process that runs tests does not start.");
      return answer;
    },
    async run(test, limitMs) {
      const start = Date.now();
      const answer = await askAgain<Omit<TestRun, "ms">>({ changed: scratch.takeWritten(), test }, limitMs);
      const ms = Date.now() - start;
      if (answer === "late") return { outcome: "timed out", output: "", ms };
      return answer === "ended" ? { outcome: "no answer", output: "", ms } : { ...answer, ms };
    },
    restart: kill,
    async stop() {
      closed = true;
      await kill();
    },
  };
}
