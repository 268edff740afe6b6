import { describe } from "vitest";
import { everyOrderEndsTheSame } from "./every-order.ts";
import { passLives } from "./lives.ts";

describe("every order of the events of a pass ends the same", () => everyOrderEndsTheSame(passLives));
