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
};
