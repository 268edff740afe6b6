import { TAX_INCLUDED } from "./kinds.ts";
import { describeAccounts } from "./table.ts";

describeAccounts("tax inside", TAX_INCLUDED);
