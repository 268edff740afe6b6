import { createHash } from "node:crypto";
import * as z from "zod";
import type { Problem } from "../base/problem.ts";
import PANEL_STYLE from "./app-panel.css?raw" with { type: "text" };
import PANEL_SCRIPT from "./app-panel-script.js?raw" with { type: "text" };

/** MCP Apps, SEP-1865 of 2026-01-26: what a host declares that shows panels beside a tool call. */
const EXTENSION = "io.modelcontextprotocol/ui";
const HTML_PANEL = "text/html;profile=mcp-app";

/** The only panel: the waiting approval, and the link to the page where its person decides. */
export const PANEL_URI = "ui://approval";

/** The `_meta` key of the panel's data. A host hands it to the panel and not to the model. */
const SUMMARY = "commerce/approval";

const capabilities = z.object({
  extensions: z.object({ [EXTENSION]: z.object({ mimeTypes: z.array(z.string()).optional() }) }),
});

/**
 * A session id for a host of protocol 2025 that shows panels: it declares so once, when it initializes, and sends the id
 * with each later request (MCP transports of 2025-11-25, "Session Management"). The prefix is all that the server needs.
 */
export const panelSession = () => `panels-${crypto.randomUUID()}`;
const isPanelSession = (id: string | null) => id?.startsWith("panels-") ?? false;

/** Whether the host shows panels, by the capabilities that it declares with the request, or by its session id. */
export function comesFromPanelHost(declared: unknown, headers: Headers): boolean {
  return showsPanels(declared) || isPanelSession(headers.get("Mcp-Session-Id"));
}

/** Whether a client's capabilities say that it shows HTML panels. */
function showsPanels(declared: unknown): boolean {
  const parsed = capabilities.safeParse(declared);
  return parsed.success && (parsed.data.extensions[EXTENSION].mimeTypes ?? [HTML_PANEL]).includes(HTML_PANEL);
}

/**
 * The panel's data for a waiting call. The exact text is left out: a person reads and types it on our page, and an unknown
 * host draws the panel.
 */
export function panelSummary({ details: { asked, approvalUrl } }: Problem) {
  if (!asked || !approvalUrl) return undefined;
  const { title, lines, expiresAt } = asked;
  return { _meta: { [SUMMARY]: { title, lines, expiresAt, approvalUrl } } };
}

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(PANEL_SCRIPT)}`,
  `style-src ${hashOf(PANEL_STYLE)}`,
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

/** The panel as a host reads it. It loads nothing, runs one script, and opens approval pages of this deployment only. */
export function panelContents(publicUrl: string) {
  const approvals = encodeURI(`${publicUrl}/approvals/`);
  const text = `<!doctype html><html lang="en" data-approvals="${approvals}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Approval</title><style>${PANEL_STYLE}</style></head><body><section aria-label="Approval" aria-live="polite"><p>One moment.</p></section><script>${PANEL_SCRIPT}</script></body></html>`;
  return { uri: PANEL_URI, mimeType: HTML_PANEL, text, _meta: { ui: { csp: {}, prefersBorder: true } } };
}
