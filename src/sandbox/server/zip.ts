/** Zip archives as GitHub sends them for logs and artifacts: deflated files, no directories, no comments (PKWARE's APPNOTE.TXT). */

import { crc32, deflateRawSync } from "node:zlib";

export interface ZipFile {
  /** With `/` between folders. */
  readonly path: string;
  readonly content: Buffer;
}

const version = 20;
/** Names are UTF-8. */
const flags = 0x0800;
const deflated = 8;
/** 1980-01-01 in MS-DOS's form: the same files make the same archive. */
const date = 0x0021;

/** @throws RangeError beyond 65,535 files or 4 GB, which need the zip64 form. */
export function zip(files: readonly ZipFile[]): Buffer {
  if (files.length > 0xffff) throw new RangeError(`${files.length} files do not fit into a zip archive`);
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of files) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(content);
    const common = fields([2, version], [2, flags], [2, deflated], [2, 0], [2, date], [4, crc32(content)], [4, packed.length], [4, content.length], [2, name.length], [2, 0]);
    const local = Buffer.concat([fields([4, 0x04034b50]), common, name, packed]);
    directory.push(fields([4, 0x02014b50], [2, version]), common, fields([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name);
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, index.length], [4, offset], [2, 0]);
  return Buffer.concat([...parts, index, end]);
}

/** Little-endian numbers of 2 or 4 bytes. */
function fields(...values: readonly (readonly [2 | 4, number])[]): Buffer {
  return Buffer.concat(values.map(([size, value]) => {
    const buffer = Buffer.alloc(size);
    buffer.writeUIntLE(value, 0, size);
    return buffer;
  }));
}
