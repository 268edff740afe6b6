const UNKNOWN = "unknown-to-the-server";

type Json = Readonly<Record<string, unknown>>;

/** The OAuth store of a program that uses a library: what each library of MCP asks its host to keep. */
export class MemoryStore {
  readonly redirectUrl: string;
  /** The address that the library sent the person to, since `takeAddress`. */
  #address: string | undefined;
  #client: Json | undefined;
  #tokens: Json | undefined;
  #verifier = "";
  #state: string | undefined;

  constructor(redirectUrl: string) {
    this.redirectUrl = redirectUrl;
  }

  get clientMetadata() {
    return {
      client_name: "A client under test",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }

  clientInformation = () => this.#client;
  saveClientInformation = (client: Json) => {
    this.#client = client;
  };
  tokens = () => this.#tokens;
  saveTokens = (tokens: Json) => {
    this.#tokens = tokens;
  };
  saveCodeVerifier = (verifier: string) => {
    this.#verifier = verifier;
  };
  codeVerifier = () => this.#verifier;
  redirectToAuthorization = (address: URL) => {
    this.#address = address.href;
  };
  state = () => {
    this.#state = crypto.randomUUID();
    return this.#state;
  };
  saveState = (state: string) => {
    this.#state = state;
  };
  storedState = () => this.#state;
  isClientInformationDynamicallyRegistered = () => true;
  invalidateCredentials = (which: string) => {
    if (which === "all" || which === "client") this.#client = undefined;
    if (which === "all" || which === "tokens") this.#tokens = undefined;
  };

  /** The address that the library last sent the person to; once. */
  takeAddress(): string | undefined {
    const address = this.#address;
    this.#address = undefined;
    return address;
  }

  /** The access token becomes one that the server does not know, as it is when it has ended. */
  spoilToken(): void {
    this.#tokens = { ...this.#tokens, access_token: UNKNOWN };
  }

  /** Registration and tokens become ones that the server does not know. */
  forget(): void {
    this.#client = { ...this.#client, client_id: UNKNOWN };
    this.#tokens = { ...this.#tokens, access_token: UNKNOWN, refresh_token: `a:b:${UNKNOWN}` };
  }
}
