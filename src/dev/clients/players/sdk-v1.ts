import { type Connection, playLibrary } from "../library-player.ts";
import type { StartPlayer } from "../player.ts";
import { connectionOf, finishBy, type SdkClient, type SdkV1Transport } from "../sdk-connection.ts";

/** `@modelcontextprotocol/sdk`, the client of 2025, of whichever age. */
export const sdkV1: StartPlayer = async (setting) => {
  const inSdk = <T>(path: string) => setting.load<T>(`@modelcontextprotocol/sdk/client/${path}`);
  const { Client } = await inSdk<{ Client: new (about: object) => SdkClient }>("index.js");
  const { StreamableHTTPClientTransport } = await inSdk<{
    StreamableHTTPClientTransport: SdkV1Transport;
  }>("streamableHttp.js");
  return playLibrary(setting, {
    async open(authProvider, endpoint): Promise<Connection> {
      const client = new Client({ name: "client-under-test", version: "1.0.0" });
      await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { authProvider }));
      return connectionOf(client);
    },
    finish: finishBy(StreamableHTTPClientTransport),
  });
};
