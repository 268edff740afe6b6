import { vi } from "vitest";
import { NOW } from "./now.ts";

/*
 * Runs before each test file inside the Workers runtime. The libraries of sign-in and of OAuth read `Date` themselves
 * and take no clock; it stands where the server's does. Timers are real: what a test waits for is a condition.
 */
vi.useFakeTimers({ toFake: ["Date"], now: NOW });
