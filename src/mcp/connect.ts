/** How a person adds this server to a client, in the client's own words of November 2026. */
export interface WayToConnect {
  readonly client: string;
  /** Whether the client calls from its vendor's machines, so that no server on this machine can be reached. */
  readonly fromAfar: boolean;
  /** Where the text goes. */
  readonly where: string;
  /** The text to copy: a command, an address, or the JSON of a file. */
  readonly copy: string | object;
  /** What follows. */
  readonly next: string;
}

/**
 * Each client that the landing page and the README name. `name` is the name that the server gets in the client, as
 * `nameInClients` makes it. Sources: code.claude.com/docs/en/mcp, support.claude.com article 11175166,
 * code.visualstudio.com/docs/agents/reference/mcp-configuration, cursor.com/docs/mcp,
 * developers.openai.com/api/docs/guides/custom-mcp-server, and Codex's `codex mcp add`.
 */
export function waysToConnect(origin: string, name: string): readonly WayToConnect[] {
  const url = `${origin}/mcp`;
  return [
    {
      client: "Claude Code",
      fromAfar: false,
      where: "In a terminal",
      copy: `claude mcp add --transport http ${name} ${url}`,
      next: "In a session, type /mcp to sign in.",
    },
    {
      client: "Claude, web and desktop",
      fromAfar: true,
      where: "Customize, Connectors, +, Add custom connector, with this address",
      copy: url,
      next: "Connect it to sign in.",
    },
    {
      client: "VS Code",
      fromAfar: false,
      where: "In .vscode/mcp.json",
      copy: { servers: { [name]: { type: "http", url } } },
      next: "Choose Start above it to sign in.",
    },
    {
      client: "Cursor",
      fromAfar: false,
      where: "In .cursor/mcp.json, or ~/.cursor/mcp.json for every project",
      copy: { mcpServers: { [name]: { url } } },
      next: "Under Customize, MCPs, switch it on to sign in.",
    },
    {
      client: "ChatGPT",
      fromAfar: true,
      where: "On the web: Plugins, +, Add custom MCP server, with OAuth and this address",
      copy: url,
      next: "Create it as a plugin to sign in.",
    },
    {
      client: "Codex",
      fromAfar: false,
      where: "In a terminal",
      copy: `codex mcp add ${name} --url ${url}`,
      next: `It opens your browser to sign in; codex mcp login ${name} does so again.`,
    },
  ];
}

/** Whether clients on other machines can reach an origin. */
export function isReachedFromAfar(origin: string): boolean {
  const { hostname, protocol } = new URL(origin);
  return protocol === "https:" && !/^(?:localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
}

/** Models are given `mcp__{server}__{tool}`, in at most 64 characters: the longest tool has to fit. */
const LONGEST_NAME = 24;

/**
 * The name of this server in a client: letters, digits and hyphens, as all of them take it. From the `confirmationName` of
 * the business, which is plain ASCII; where that has no letter or digit, from the host.
 */
export function nameInClients(confirmationName: string, origin: string): string {
  return slug(confirmationName) || slug(new URL(origin).hostname) || "commerce";
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+/g, "")
    .slice(0, LONGEST_NAME)
    .replaceAll(/-+$/g, "");
