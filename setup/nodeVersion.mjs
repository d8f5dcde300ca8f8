/**
 * The Node releases that the lab runs on: 20 from 20.19 (the first to `require` ES modules) and 22 from
 * 22.12. tfjs-node 4.22 uses functions that Node 23 took away.
 *
 * @param {string} version as in `process.versions.node`
 * @returns {boolean}
 */
export function isSupportedNode(version) {
  const [major, minor] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12);
}
