import { TAX_ADDED } from "./kinds.ts";
import { describeAccounts } from "./table.ts";

describeAccounts("tax on top", TAX_ADDED);
