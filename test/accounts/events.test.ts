import { EVENTS } from "./kinds.ts";
import { describeAccounts } from "./table.ts";

describeAccounts("how events come", EVENTS);
