/*
 * The panel's script, sent as text: JSON-RPC with the host over postMessage (SEP-1865, "Communication Protocol"). It
 * listens to its own host alone, writes text and never markup, and opens only approval pages of this deployment. It
 * cannot approve: no tool approves, and the approval page needs the person's own session.
 */
(() => {
  const root = document.documentElement;
  const main = document.querySelector("section");
  const host = window.parent;
  const pending = new Map();
  let next = 1;
  let key;
  let shownUrl;
  const send = (message) => host.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const request = (method, params) =>
    new Promise((resolve, reject) => {
      pending.set(next, { resolve, reject });
      send({ id: next++, method, params });
    });
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = String(text);
    if (className) made.className = className;
    return made;
  };
  const button = (text, className, press) => {
    const made = element("button", text, className);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  };
  const show = (title, ...parts) => main.replaceChildren(element("h2", title), ...parts.filter(Boolean));
  const isOurs = (url) =>
    typeof url === "string" &&
    url.startsWith(root.dataset.approvals) &&
    /^[a-z0-9-]+$/.test(url.slice(root.dataset.approvals.length));
  const theme = (context) => {
    if (context && (context.theme === "light" || context.theme === "dark")) root.style.colorScheme = context.theme;
  };
  const bodyOf = (result) => {
    try {
      return JSON.parse(result.content[0].text) || {};
    } catch {
      return {};
    }
  };
  const lookUp = async () => {
    try {
      const body = bodyOf(await request("tools/call", { name: "get_operation", arguments: { idempotencyKey: key } }));
      if (body.status === "succeeded") return done(body);
      if (body.status === "failed") return show("Not carried out", element("p", body.problem?.detail || ""));
      if (body.status === "awaiting_approval") return note("Nothing is decided yet.");
      note("It is not known yet whether it was carried out.");
    } catch {
      note("This host cannot look it up. Ask your assistant how it stands.");
    }
  };
  const confirmed = {
    approval_page: "You typed the text on our page, and it was carried out.",
    elicited: "It was carried out after your app was asked and returned the text.",
    argument: "It was carried out. Your assistant sent the text itself.",
  };
  const done = (body) =>
    show(
      "Done",
      body.replayed ? element("p", "This is the stored answer: nothing was done again.") : undefined,
      element("p", confirmed[body.confirmation?.proof] || "It was carried out."),
    );
  const note = (text) => {
    const line = main.querySelector("[role=status]") ?? element("p", undefined, "soft");
    if (!line.isConnected) main.append(line);
    line.setAttribute("role", "status");
    line.textContent = text;
  };
  const open = async () => {
    try {
      const answer = await request("ui/open-link", { url: shownUrl });
      if (answer?.isError) throw new Error();
      note("Decide on the page that was opened, then look here again.");
    } catch {
      note(`Open this address in your browser: ${shownUrl}`);
    }
  };
  const ask = (summary, body) => {
    shownUrl = isOurs(summary.approvalUrl) ? summary.approvalUrl : undefined;
    const list = element("dl");
    for (const { label, value } of Array.isArray(summary.lines) ? summary.lines : []) {
      const line = element("div");
      line.append(element("dt", label), element("dd", value));
      list.append(line);
    }
    const until = new Date(summary.expiresAt || NaN);
    show(
      summary.title || "Waiting for you",
      element("p", "Your assistant asks you to allow this. Nothing happens before you do."),
      list,
      shownUrl ? button("Read and decide", "primary", open) : element("p", body.detail || ""),
      key ? button("See how it stands", "", lookUp) : undefined,
      Number.isNaN(until.getTime()) ? undefined : element("p", `Until ${until.toLocaleTimeString()}.`, "soft"),
    );
  };
  const render = (result) => {
    const body = bodyOf(result);
    if (!result.isError) return done(body);
    if (body.code !== "approval_required")
      return show(body.title || "Not carried out", element("p", body.detail || ""));
    ask(result._meta?.["commerce/approval"] || { approvalUrl: body.approvalUrl }, body);
  };
  const handlers = {
    "ui/notifications/tool-input": ({ arguments: given }) => {
      key = given?.idempotencyKey;
    },
    "ui/notifications/tool-result": render,
    "ui/notifications/tool-cancelled": () => show("Cancelled", element("p", "The call was cancelled.")),
    "ui/notifications/host-context-changed": theme,
  };
  window.addEventListener("message", ({ source, data }) => {
    if (source !== host || !data || data.jsonrpc !== "2.0") return;
    if (data.method === undefined) {
      const asked = pending.get(data.id);
      pending.delete(data.id);
      if (asked) data.error ? asked.reject(data.error) : asked.resolve(data.result);
    } else if (data.method === "ui/resource-teardown" || data.method === "ping") send({ id: data.id, result: {} });
    else if (Object.hasOwn(handlers, data.method)) handlers[data.method](data.params || {});
  });
  new ResizeObserver(() =>
    send({
      method: "ui/notifications/size-changed",
      params: { width: Math.ceil(document.body.scrollWidth), height: Math.ceil(document.body.scrollHeight) },
    }),
  ).observe(document.body);
  request("ui/initialize", {
    protocolVersion: "2026-01-26",
    appInfo: { name: "approval", version: "1" },
    appCapabilities: { availableDisplayModes: ["inline"] },
  }).then((answer) => {
    theme(answer?.hostContext);
    send({ method: "ui/notifications/initialized", params: {} });
  });
})();
