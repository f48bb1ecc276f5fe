// Versions as https://semver.org writes them, and the tags that a release gives to them.

const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?$/;

/** @returns the parts of a version without build metadata, or undefined */
export function parseVersion(text) {
  const found = SEMVER.exec(text);
  if (!found) return undefined;
  const [, major, minor, patch, prerelease] = found;
  return { text, major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease: prerelease?.split(".") ?? [] };
}

/** Precedence (semver 11): negative when `one` comes before `other`. */
export function compareVersions(one, other) {
  for (const part of ["major", "minor", "patch"]) {
    if (one[part] !== other[part]) return one[part] < other[part] ? -1 : 1;
  }
  if (one.prerelease.length === 0 || other.prerelease.length === 0) return other.prerelease.length - one.prerelease.length;
  for (let index = 0; index < Math.max(one.prerelease.length, other.prerelease.length); index += 1) {
    const order = compareIdentifiers(one.prerelease[index], other.prerelease[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(one, other) {
  if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? -1 : 1;
  const [numeric, otherNumeric] = [one, other].map((text) => /^\d+$/.test(text));
  if (numeric !== otherNumeric) return numeric ? -1 : 1;
  const [a, b] = numeric ? [BigInt(one), BigInt(other)] : [one, other];
  return a === b ? 0 : a < b ? -1 : 1;
}

function releasedIn(existing) {
  return existing.filter((name) => name.startsWith("v")).map((name) => parseVersion(name.slice(1)))
    .filter((one) => one !== undefined && one.prerelease.length === 0);
}

/** Whether it is what GitHub shows as the latest release: no prerelease, and none of the tags is a newer version. */
export function isLatest(version, existing) {
  return version.prerelease.length === 0 && releasedIn(existing).every((one) => compareVersions(one, version) <= 0);
}

/**
 * The tags of a release, the one that never moves first. The tags of a line (`v1.0`, `v1`) follow the newest version of that
 * line, so an older version and a prerelease leave them where they are.
 * @param version the version that is released
 * @param existing names of all tags there are
 * @returns `{ moving, kept }`: the tags to set, and those that stay with the reason
 */
export function tagsOf(version, existing) {
  const exact = `v${version.text}`;
  if (version.prerelease.length > 0) return { moving: [exact], kept: [{ name: `v${version.major}`, why: "a prerelease does not move it" }] };
  const released = releasedIn(existing);
  const lines = [
    { name: `v${version.major}.${version.minor}`, of: (one) => one.major === version.major && one.minor === version.minor },
    { name: `v${version.major}`, of: (one) => one.major === version.major },
  ];
  const moving = [exact];
  const kept = [];
  for (const { name, of } of lines) {
    const newer = released.filter((one) => of(one) && compareVersions(one, version) > 0).sort(compareVersions).at(-1);
    if (newer === undefined) moving.push(name);
    else kept.push({ name, why: `${newer.text} is newer` });
  }
  return { moving, kept };
}
