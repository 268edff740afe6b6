import { readArguments } from "./local/arguments.ts";
import { Differs } from "./local/demo/checks.ts";
import { Stage } from "./local/demo/stage.ts";
import type { Step } from "./local/demo/step.ts";
import { story } from "./local/demo/story.ts";
import { onStopSignal } from "./local/stop-signals.ts";
import { startTemporaryServer } from "./local/temporary.ts";
import { runScript } from "./local/told.ts";

interface Told {
  readonly id: string;
  readonly title: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly lines: readonly string[];
}

const USAGE = `npm run demo -- [--json]

Plays the whole story against the real bundle, on ports of its own, and tells it; --json tells machines.`;

/** `npm run demo`: the whole story against the real bundle, told as it happens. Ends with 1 where a step differs. */
async function main(): Promise<number> {
  const { json } = readArguments(USAGE, { options: { json: { type: "boolean", default: false } } }).values;
  const say = (text: string) => json || process.stdout.write(`${text}\n`);
  const since = performance.now();
  say("Building the bundle and starting it on free ports …");
  const server = await startTemporaryServer();
  onStopSignal(() => void server.stop().then(() => process.exit(130)));
  const told: Told[] = [];
  try {
    const stage = new Stage(server.publicUrl, server.sandbox);
    for (const step of story) {
      const result = await play(step, stage);
      told.push(result);
      say(`\n${result.ok ? "✓" : "✗"} ${told.length}. ${result.title}`);
      for (const line of result.lines) say(`     ${line}`);
      if (!result.ok) break;
    }
  } finally {
    await server.stop();
  }
  const passed = told.filter(({ ok }) => ok).length;
  const ok = passed === story.length;
  const seconds = (performance.now() - since) / 1000;
  say(
    `\n${ok ? "The story holds" : "The story differs"}: ${passed} of ${story.length} steps in ${seconds.toFixed(1)} s.`,
  );
  if (json) process.stdout.write(`${JSON.stringify({ ok, passed, of: story.length, steps: told }, null, 2)}\n`);
  return ok ? 0 : 1;
}

async function play(step: Step, stage: Stage): Promise<Told> {
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
    const words = error instanceof Differs ? error.message : error instanceof Error ? (error.stack ?? "") : `${error}`;
    return result(false, [words]);
  }
}

await runScript(main);
