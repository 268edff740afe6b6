import { readArguments } from "./local/arguments.ts";
import { Differs } from "./local/demo/checks.ts";
import { Stage } from "./local/demo/stage.ts";
import type { Step } from "./local/demo/step.ts";
import { story } from "./local/demo/story.ts";
import { runScript } from "./local/run-script.ts";
import { onStopSignal } from "./local/stop-signals.ts";
import { startTemporaryServer } from "./local/temporary.ts";

interface PlayedStep {
  readonly id: string;
  readonly title: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly lines: readonly string[];
}

const USAGE = `npm run demo -- [--json]

Plays a whole purchase against the real bundle, on free ports, and prints each step; --json prints them as JSON.`;

/** `npm run demo`: plays the story against the real bundle and prints each step. Exit code 1 when a step differs. */
async function main(): Promise<number> {
  const { json } = readArguments(USAGE, { options: { json: { type: "boolean", default: false } } }).values;
  const say = (text: string) => json || process.stdout.write(`${text}\n`);
  const since = performance.now();
  say("Building the bundle and starting it on free ports …");
  const server = await startTemporaryServer();
  onStopSignal(() => void server.stop().then(() => process.exit(130)));
  const played: PlayedStep[] = [];
  try {
    const stage = new Stage(server.publicUrl, server.sandbox);
    for (const step of story) {
      const result = await play(step, stage);
      played.push(result);
      say(`\n${result.ok ? "✓" : "✗"} ${played.length}. ${result.title}`);
      for (const line of result.lines) say(`     ${line}`);
      if (!result.ok) break;
    }
  } finally {
    await server.stop();
  }
  const passed = played.filter(({ ok }) => ok).length;
  const ok = passed === story.length;
  const seconds = (performance.now() - since) / 1000;
  say(
    `\n${ok ? "Every step holds" : "A step differs"}: ${passed} of ${story.length} steps in ${seconds.toFixed(1)} s.`,
  );
  if (json) process.stdout.write(`${JSON.stringify({ ok, passed, of: story.length, steps: played }, null, 2)}\n`);
  return ok ? 0 : 1;
}

async function play(step: Step, stage: Stage): Promise<PlayedStep> {
  const since = performance.now();
  const { id, title } = step;
  const result = (ok: boolean, lines: readonly string[]) => ({
    id,
    title,
    ok,
    milliseconds: Math.round(performance.now() - since),
    lines,
  });
  try {
    return result(true, await step.play(stage));
  } catch (error) {
    const message =
      error instanceof Differs ? error.message : error instanceof Error ? (error.stack ?? "") : `${error}`;
    return result(false, [message]);
  }
}

await runScript(main);
