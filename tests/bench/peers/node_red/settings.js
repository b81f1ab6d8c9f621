// Headless: no editor, no HTTP, credentials from the environment.
module.exports = {
  flowFile: "flows.json",
  credentialSecret: false,
  httpAdminRoot: false,
  httpNodeRoot: false,
  disableEditor: true,
  telemetry: { enabled: false },
  contextStorage: { default: { module: "memory" } },
  logging: { console: { level: "warn", metrics: false, audit: false } },
};
