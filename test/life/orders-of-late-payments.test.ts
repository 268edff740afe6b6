import { describe } from "vitest";
import { everyOrderEndsTheSame } from "./every-order.ts";
import { lateLives } from "./lives.ts";

describe("every order of the events of late payments ends the same", () => everyOrderEndsTheSame(lateLives));
