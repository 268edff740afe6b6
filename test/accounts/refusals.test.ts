import { REFUSALS } from "./kinds.ts";
import { describeAccounts } from "./table.ts";

describeAccounts("what Stripe refuses", REFUSALS);
