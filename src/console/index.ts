import type { Hono } from "hono";
import type { Site } from "../site.ts";
import { answersPage } from "./answers-page.tsx";
import { approvalWaitPage } from "./approval-wait-page.tsx";
import { assetPage } from "./asset-page.tsx";
import { assetsPage } from "./assets-page.tsx";
import { clientsPage } from "./clients-page.tsx";
import { type ConsolePage, showConsolePage, submitConsolePage } from "./console-page.tsx";
import { entitlementPage } from "./entitlement-page.tsx";
import { entitlementsPage } from "./entitlements-page.tsx";
import { findPage } from "./find-page.ts";
import { ledgerEntryPage } from "./ledger-entry-page.tsx";
import { ledgerPage } from "./ledger-page.tsx";
import { mailPage } from "./mail-page.tsx";
import { moneyWithoutServicePage } from "./money-without-service-page.tsx";
import { operationPage } from "./operation-page.tsx";
import { operationsPage } from "./operations-page.tsx";
import { orderPage } from "./order-page.tsx";
import { ordersPage } from "./orders-page.tsx";
import { overviewPage } from "./overview-page.tsx";
import { peoplePage } from "./people-page.tsx";
import { proofsPage } from "./proofs-page.tsx";
import { refusalsPage } from "./refusals-page.tsx";
import { revocationIntentsPage } from "./revocation-intents-page.tsx";
import { tasksPage } from "./tasks-page.tsx";
import { webhooksPage } from "./webhooks-page.tsx";

/** Every page of the owner's console. */
export const consolePages: readonly ConsolePage[] = [
  overviewPage,
  findPage,
  ordersPage,
  orderPage,
  answersPage,
  tasksPage,
  ledgerPage,
  ledgerEntryPage,
  entitlementsPage,
  entitlementPage,
  revocationIntentsPage,
  assetsPage,
  assetPage,
  moneyWithoutServicePage,
  operationsPage,
  operationPage,
  webhooksPage,
  refusalsPage,
  clientsPage,
  proofsPage,
  approvalWaitPage,
  peoplePage,
  mailPage,
];

/** Adds the console's paths: GET shows a page, and its form posts to the same path. */
export function addOwnerConsole(app: Hono, site: Site): void {
  for (const page of consolePages) {
    app.get(page.path, ({ req }) => showConsolePage(page, req.param(), req.raw, site));
    app.post(page.path, ({ req }) => submitConsolePage(page, req.param(), req.raw, site));
  }
}
