import { accessSync, constants, mkdirSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** A file system in memory, on Linux. */
const IN_MEMORY = "/dev/shm";
const NAME = /^commerce-tests-(\d+)$/;
const ROOM_BYTES = 4 * 2 ** 30;

/**
 * A folder in memory for the temporary files of this process and its children, removed as it exits; undefined on a machine
 * without room for one. Tests with many writes spent a fifth of their time waiting for the disk.
 */
export function memoryFolder(): string | undefined {
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    removeLeftovers();
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    if (Math.min(bavail * bsize, process.availableMemory()) < ROOM_BYTES) return undefined;
    const folder = join(IN_MEMORY, `commerce-tests-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  } catch {
    return undefined;
  }
}

/** Removes the folders of processes that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(IN_MEMORY)) {
    const pid = NAME.exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(IN_MEMORY, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
