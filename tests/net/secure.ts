import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTo, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { generate, type SelfsignedOptions } from "selfsigned";

/** A server that speaks TLS for a name and hands what it gets on to a local port. */
export interface SecureFront {
  readonly port: number;
  /** PEM file of the authority that nobody trusts of himself. */
  readonly caFile: string;
  close(): void;
}

/** @param notAfter in the past makes a certificate that is out of date. */
export async function secureFront(name: string, port: number, notAfter = new Date(Date.now() + 86_400_000)): Promise<SecureFront> {
  const common = { keyType: "ec", curve: "P-256", algorithm: "sha256", notBeforeDate: new Date(Date.now() - 10 * 86_400_000) } as const satisfies SelfsignedOptions;
  const ca = await generate([{ name: "commonName", value: `The authority of ${name}` }], {
    ...common,
    notAfterDate: new Date(Date.now() + 86_400_000),
    extensions: [{ name: "basicConstraints", cA: true, critical: true }, { name: "keyUsage", keyCertSign: true, critical: true }],
  });
  const own = await generate([{ name: "commonName", value: name }], {
    ...common,
    notAfterDate: notAfter,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [{ name: "basicConstraints", cA: false, critical: true }, { name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
  });
  const folder = mkdtempSync(join(tmpdir(), "instant-secure-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, ca.cert);
  const open = new Set<Socket>();
  const server = createServer({ key: own.private, cert: own.cert }, (socket) => {
    const onward = connectTo(port, "127.0.0.1", () => socket.pipe(onward).pipe(socket));
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
  });
  server.on("connection", (socket: Socket) => open.add(socket));
  server.on("tlsClientError", () => undefined); // a client that does not trust it hangs up
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caFile,
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
