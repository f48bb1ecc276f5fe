export default {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } }],
  },
  testTimeout: 60_000,
  ...(process.env.INSTANT_TEST_COUNTS ? { reporters: ["default", "<rootDir>/tools/jest-counts.mjs"] } : {}),
  // Two cores, and most suites start processes of their own.
  maxWorkers: 2,
  // Modules of suites that are over are never freed (ESM in vm contexts), and each process that a suite starts costs a copy of the page
  // tables: a worker of two gigabytes spends its time in fork().
  workerIdleMemoryLimit: "350MB",
};
