import { type Connection, playLibrary } from "../library-player.ts";
import type { StartPlayer } from "../player.ts";
import { connectionOf, type SdkClient } from "../sdk-connection.ts";

interface Sdk {
  Client: new (about: object, options: object) => SdkClient;
  StreamableHTTPClientTransport: new (
    url: URL,
    options: object,
  ) => { finishAuth(callback: URLSearchParams): Promise<void> };
}

/** `@modelcontextprotocol/client`, which chooses between the protocols of 2026 and 2025 itself. */
export const sdkV2: StartPlayer = async (setting) => {
  const { Client, StreamableHTTPClientTransport } = await setting.load<Sdk>("@modelcontextprotocol/client");
  return playLibrary(setting, {
    async open(authProvider, endpoint): Promise<Connection> {
      const client = new Client(
        { name: "client-under-test", version: "1.0.0" },
        { versionNegotiation: { mode: "auto" } },
      );
      await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { authProvider }));
      return connectionOf(client);
    },
    finish: (authProvider, endpoint, callback) =>
      new StreamableHTTPClientTransport(new URL(endpoint), { authProvider }).finishAuth(callback.searchParams),
  });
};
