// Links of a Markdown file that moves into the release tree: to what is released too they stay relative, to everything else
// they become permanent addresses at the source commit.

import path from "node:path";

const { posix } = path;
const SCHEME = /^(?:[a-z][a-z0-9+.-]*:|\/\/|#|$)/i;
/** `](target)`, `](<target>)`, `[label]: target`, and the two attributes of HTML that name files. */
const TARGETS = [/(\]\(<?)([^()<>\s]*)(?=[>)\s])/g, /^( {0,3}\[[^\]]+\]: +<?)([^<>\s]+)/g, /(\b(?:href|src)=")([^"]*)(?=")/g];

/**
 * @param {string} text the file
 * @param {object} where
 * @param {string} where.from its path in the source
 * @param {string} where.to its path in the release
 * @param {(path: string) => string | undefined} where.released the release path of a source path; undefined when it is not released
 * @param {(path: string) => "file" | "folder" | undefined} where.kind what the source has at a path
 * @param {string} where.permanent address of the repository's files at the source commit, with `{kind}` for blob, tree or raw
 * @returns `{ text, broken }`; `broken` are targets that the source does not have
 */
export function moveLinks(text, where) {
  const broken = [];
  const move = (target, image) => {
    if (SCHEME.test(target)) return target;
    const [, address, rest] = /^([^?#]*)(.*)$/s.exec(target);
    const source = posix.normalize(address.startsWith("/") ? address.slice(1) : posix.join(posix.dirname(where.from), decode(address))).replace(/\/$/, "");
    const kind = where.kind(source);
    if (kind === undefined) {
      broken.push(target);
      return target;
    }
    const released = where.released(source);
    if (released !== undefined) return `${encodeURI(posix.relative(posix.dirname(where.to), released))}${rest}`;
    const view = kind === "folder" ? "tree" : image ? "raw" : "blob";
    return `${where.permanent.replace("{kind}", view)}/${encodeURI(source)}${rest}`;
  };
  return { text: outsideCode(text, (line) => moveLine(line, move)), broken };
}

function moveLine(line, move) {
  return TARGETS.reduce((moved, pattern) => moved.replace(pattern, (whole, before, target, offset, all) => {
    const image = before === 'src="' || /!\[[^\]]*$/.test(all.slice(0, offset));
    return target === "" ? whole : before + move(target, image);
  }), line);
}

/** Applies a change to the text that is neither in a fenced block nor in a code span. */
function outsideCode(text, change) {
  let fence;
  return text.split("\n").map((line) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark !== undefined && mark[0] === fence[0] && mark.length >= fence.length && line.trim() === mark) fence = undefined;
      return line;
    }
    if (mark !== undefined) {
      fence = mark;
      return line;
    }
    return line.split(/(`+[^`]+`+)/).map((part, index) => (index % 2 === 1 ? part : change(part))).join("");
  }).join("\n");
}

function decode(address) {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}
