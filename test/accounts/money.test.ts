import { MONEY } from "./kinds.ts";
import { describeAccounts } from "./table.ts";

describeAccounts("what an account does about money", MONEY);
