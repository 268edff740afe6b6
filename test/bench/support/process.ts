import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in ticks of a hundredth of a second, whatever the machine (`USER_HZ`). */
const TICK_MS = 10;

/** The fields of `/proc/<pid>/stat` after the name, which may hold spaces and brackets; undefined for a process that ended. */
function statOf(pid: number): { name: string; fields: readonly string[] } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    return { name: text.slice(text.indexOf("(") + 1, end), fields: text.slice(end + 2).split(" ") };
  } catch {
    return undefined;
  }
}

/** Children of this process that run a program of this name. */
export function childrenNamed(name: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
      return stat?.name === name && Number(stat.fields[1]) === process.pid;
    });
}

/** CPU time of a process with all of its threads, in user and system. */
export function cpuMs(pid: number): number {
  const stat = statOf(pid);
  if (!stat) throw new Error(`the process ${pid} has ended`);
  return (Number(stat.fields[11]) + Number(stat.fields[12])) * TICK_MS;
}

/** Resident memory of a process. */
export function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kib === undefined) throw new Error(`the process ${pid} has no memory`);
  return Number(kib) / 1024;
}
