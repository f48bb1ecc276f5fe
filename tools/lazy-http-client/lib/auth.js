export * from "actions-http-client-real/lib/auth";
