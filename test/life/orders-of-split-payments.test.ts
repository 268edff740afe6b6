import { describe } from "vitest";
import { everyOrderEndsTheSame } from "./every-order.ts";
import { splitLives } from "./lives.ts";

describe("every order of the events of an invoice that two payments paid ends the same", () =>
  everyOrderEndsTheSame(splitLives));
