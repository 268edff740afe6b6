const FIXTURE = "calls a tool of the judge's own by name; this server has the tools of its business";
const FIXTURE_RESOURCE = "reads a document of the judge's own by its URI";
const PROMPTS = "the server has no prompts, and says so";
const COMPLETION = "the server completes no arguments, and says so";
const LOGGING = "the server sends no log messages, and says so";
const SUBSCRIPTIONS = "the server has no subscriptions, and says so";
const TASKS = "the server does not offer the extension for tasks, and says so";

/**
 * What the conformance suite asks that a business server can't honestly pass, and why: a scenario, or one check of a scenario
 * whose other checks count. Everything else has to pass.
 */
export const SKIPPED: Readonly<Record<string, string>> = {
  "caching: sep-2549-prompts-list-caching-hints": PROMPTS,
  "completion-complete": COMPLETION,
  "elicitation-sep1034-defaults": FIXTURE,
  "elicitation-sep1330-enums": FIXTURE,
  "http-custom-header-server-validation": "needs a tool whose schema maps arguments to headers; no tool here does",
  "input-required-result-basic-elicitation": FIXTURE,
  "input-required-result-basic-list-roots": FIXTURE,
  "input-required-result-basic-sampling": FIXTURE,
  "input-required-result-capability-check": FIXTURE,
  "input-required-result-multi-round": FIXTURE,
  "input-required-result-multiple-input-requests": FIXTURE,
  "input-required-result-non-tool-request": PROMPTS,
  "input-required-result-request-state": FIXTURE,
  "input-required-result-result-type": FIXTURE,
  "input-required-result-tampered-state": FIXTURE,
  "json-schema-2020-12": FIXTURE,
  "logging-set-level": LOGGING,
  "prompts-get-embedded-resource": PROMPTS,
  "prompts-get-simple": PROMPTS,
  "prompts-get-with-args": PROMPTS,
  "prompts-get-with-image": PROMPTS,
  "prompts-list": PROMPTS,
  "resources-read-binary": FIXTURE_RESOURCE,
  "resources-read-text": FIXTURE_RESOURCE,
  "resources-subscribe": SUBSCRIPTIONS,
  "resources-templates-read": FIXTURE_RESOURCE,
  "resources-unsubscribe": SUBSCRIPTIONS,
  "server-stateless: sep-2575-http-server-no-independent-requests-on-stream": FIXTURE,
  "server-stateless: sep-2575-missing-capability-http-400": FIXTURE,
  "server-stateless: sep-2575-server-no-log-without-loglevel": FIXTURE,
  "server-stateless: sep-2575-server-rejects-undeclared-capability": FIXTURE,
  "tasks-capability-negotiation": TASKS,
  "tasks-dispatch-and-envelope": TASKS,
  "tasks-lifecycle": TASKS,
  "tasks-mrtr-composition": TASKS,
  "tasks-mrtr-input": TASKS,
  "tasks-request-headers": TASKS,
  "tasks-request-state-removal": TASKS,
  "tasks-required-task-error": TASKS,
  "tasks-wire-fields": TASKS,
  "tools-call-audio": FIXTURE,
  "tools-call-elicitation": FIXTURE,
  "tools-call-embedded-resource": FIXTURE,
  "tools-call-error": FIXTURE,
  "tools-call-image": FIXTURE,
  "tools-call-mixed-content": FIXTURE,
  "tools-call-sampling": FIXTURE,
  "tools-call-simple-text": FIXTURE,
  "tools-call-with-logging": FIXTURE,
  "tools-call-with-progress": FIXTURE,
};
