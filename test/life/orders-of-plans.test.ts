import { describe } from "vitest";
import { everyOrderEndsTheSame } from "./every-order.ts";
import { planLives } from "./lives.ts";

describe("every order of the events of a plan ends the same", () => everyOrderEndsTheSame(planLives));
