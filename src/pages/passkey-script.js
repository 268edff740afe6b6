/*
 * The only script of our pages, sent as text: it asks the browser for a passkey and puts the answer into the form, which
 * is then sent as any other. It loads nothing and sends nothing by itself. Without it the forms that it serves stay hidden,
 * and the other form of the page does the same work. WebAuthn level 3, sections 5.1.3 and 5.1.4.
 */
(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const named = (list) => (list ?? []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

  // The options come as JSON, with bytes in base64url; older browsers do not read that by themselves.
  const ask = ({ kind, options }) => {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (kind === "create") {
      publicKey.user = { ...options.user, id: bytes(options.user.id) };
      publicKey.excludeCredentials = named(options.excludeCredentials);
      return navigator.credentials.create({ publicKey });
    }
    publicKey.allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey });
  };
  const asJson = ({ id, rawId, type, response, authenticatorAttachment }) => ({
    id,
    rawId: text(rawId),
    type,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    clientExtensionResults: {},
    response: response.attestationObject
      ? {
          clientDataJSON: text(response.clientDataJSON),
          attestationObject: text(response.attestationObject),
          transports: response.getTransports ? response.getTransports() : [],
        }
      : {
          clientDataJSON: text(response.clientDataJSON),
          authenticatorData: text(response.authenticatorData),
          signature: text(response.signature),
          // Some devices answer with an empty one.
          userHandle: (response.userHandle && text(response.userHandle)) || undefined,
        },
  });

  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const credential = form.elements.namedItem("credential");
    const fault = form.querySelector("[role=alert]");
    let waits = false;
    // An answer is good once: a browser that goes back, or reloads, would fill the former one in.
    const forget = () => {
      credential.value = "";
      waits = false;
    };
    forget();
    window.addEventListener("pageshow", forget);
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (credential.value) return;
      event.preventDefault();
      // A second question while one is open would end both.
      if (waits) return;
      waits = true;
      fault.hidden = true;
      try {
        // Asked before anything is waited for: Safari answers only in the press of the button itself.
        credential.value = JSON.stringify(asJson(await ask(JSON.parse(form.dataset.passkey))));
      } catch {
        // A closed dialog, a missing passkey and a time-out are one error to a page, so that no site learns more.
        fault.hidden = false;
        waits = false;
        return;
      }
      form.requestSubmit();
    });
  }
})();
