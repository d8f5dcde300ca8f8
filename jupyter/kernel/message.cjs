// @ts-check
/**
 * Jupyter messages on the wire (jupyter-client documentation, "The wire protocol"):
 * `[...identities, '<IDS|MSG>', signature, header, parent header, metadata, content]`.
 */
const { createHmac, randomUUID, timingSafeEqual } = require('node:crypto');

/**
 * @typedef {object} Header
 * @property {string} msg_id
 * @property {string} session
 * @property {string} username
 * @property {string} date ISO 8601
 * @property {string} msg_type
 * @property {string} version of the protocol
 *
 * @typedef {object} Message
 * @property {Buffer[]} identities whom the message comes from, or goes to
 * @property {Header} header
 * @property {Header | null} parent header of the request that the message answers
 * @property {any} content depends on `msg_type`
 */

const delimiter = Buffer.from('<IDS|MSG>');
const protocolVersion = '5.3';
const session = randomUUID();

/**
 * Reads a request.
 *
 * @param {string} key of the connection file; empty for unsigned messages
 * @param {Buffer[]} frames
 * @returns {Message | undefined} undefined for frames that are no Jupyter message signed with the key
 */
function decode(key, frames) {
  const start = frames.findIndex((frame) => frame.equals(delimiter));
  const [signature, ...parts] = frames.slice(start + 1);
  if (start < 0 || signature === undefined || parts.length < 4) return undefined;
  const expected = Buffer.from(sign(key, parts));
  const signed = signature.length === expected.length && timingSafeEqual(signature, expected);
  if (key !== '' && !signed) return undefined;
  const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString('utf8')));
  return { identities: frames.slice(0, start), header, parent, content };
}

/**
 * @param {string} key
 * @param {Message} message
 * @returns {Buffer[]}
 */
function encode(key, { identities, header, parent, content }) {
  const parts = [header, parent ?? {}, {}, content].map((part) =>
    Buffer.from(JSON.stringify(part)),
  );
  return [...identities, delimiter, Buffer.from(sign(key, parts)), ...parts];
}

/**
 * A message that answers `request`: sent to whoever made it, unless `identities` say otherwise.
 *
 * @param {Message | null} request
 * @param {string} type `msg_type`
 * @param {object} content
 * @param {Buffer[]} [identities]
 * @returns {Message}
 */
function answer(request, type, content, identities = request?.identities ?? []) {
  const header = {
    msg_id: randomUUID(),
    session,
    username: 'kernel',
    date: new Date().toISOString(),
    msg_type: type,
    version: protocolVersion,
  };
  return { identities, header, parent: request?.header ?? null, content };
}

/**
 * @param {string} key
 * @param {Buffer[]} parts
 */
function sign(key, parts) {
  if (key === '') return '';
  const hash = createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

module.exports = { decode, encode, answer, protocolVersion };
